import { KubeletConfig } from '../kubelet.config';
import { kubeletConfiguration } from './kubelet-configuration';

const shown = (options: Partial<KubeletConfig> = {}): unknown =>
  JSON.parse(JSON.stringify(kubeletConfiguration(Object.assign(new KubeletConfig(), options))));

describe('the configuration a kubelet shows', () => {
  it('is a KubeletConfiguration with the defaults', () => {
    expect(shown()).toMatchObject({
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      address: '0.0.0.0',
      port: 10250,
      readOnlyPort: 0,
      authentication: { x509: {}, webhook: { enabled: true, cacheTTL: '2m0s' }, anonymous: { enabled: false } },
      authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' } },
      nodeStatusUpdateFrequency: '10s',
      nodeStatusReportFrequency: '5m0s',
      nodeLeaseDurationSeconds: 40,
      nodeStatusMaxImages: 50,
      maxPods: 110,
      enableSystemLogHandler: true,
      containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    });
  });

  it('has what the options say, with durations as Go prints them', () => {
    const options = {
      clientCaFile: '/pki/ca.crt',
      authenticationTokenWebhookCacheTtl: '90s',
      anonymousAuth: true,
      clusterDns: ['10.96.0.10'],
      registerWithTaints: ['a=b:NoExecute'],
      enableSystemLogHandler: false,
    };
    expect(shown(options)).toMatchObject({
      authentication: {
        x509: { clientCAFile: '/pki/ca.crt' },
        webhook: { cacheTTL: '1m30s' },
        anonymous: { enabled: true },
      },
      clusterDNS: ['10.96.0.10'],
      registerWithTaints: [{ key: 'a', value: 'b', effect: 'NoExecute' }],
      enableSystemLogHandler: false,
    });
  });

  it('leaves out what is not set, and the runtime of nodes that have none', () => {
    for (const name of ['tlsCertFile', 'clusterDNS', 'tlsCipherSuites', 'registerWithTaints']) {
      expect(shown()).not.toHaveProperty(name);
    }
    for (const name of ['containerRuntimeEndpoint', 'podCIDR']) {
      expect(shown({ runtime: 'sim' })).not.toHaveProperty(name);
    }
  });
});
