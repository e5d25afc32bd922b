import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { detachedSignature } from '@nestor/pki';
import { eventually } from '@nestor/testing';
import { BootstrapTokensModule } from './bootstrap-tokens.module';

describe('bootstrap tokens in a cluster', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({
      modules: [BootstrapTokensModule],
      controllers: ['bootstrap-signer-controller', 'token-cleaner-controller'],
    });
  });
  afterAll(() => bed?.stop());

  it('sign cluster-info while they last', async () => {
    const maps = bed.client.resource(refs.configMaps);
    const secrets = bed.client.resource(refs.secrets);
    const metadata = { name: 'cluster-info', namespace: 'kube-public' };
    await maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { kubeconfig: 'content' } });
    const make = (id: string, more: Record<string, string>) =>
      secrets.create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
        type: 'bootstrap.kubernetes.io/token',
        stringData: { 'token-id': id, 'token-secret': 'secret', 'usage-bootstrap-signing': 'true', ...more },
      });
    await make('abcdef', {});
    await make('ended0', { expiration: '2020-01-01T00:00:00Z' });
    const signature = detachedSignature('content', { id: 'abcdef', secret: 'secret' });
    await eventually(async () => {
      const { data } = await maps.get('cluster-info', 'kube-public');
      expect(data).toEqual({ kubeconfig: 'content', 'jws-kubeconfig-abcdef': signature });
      const { items } = await secrets.list({ namespace: 'kube-system' });
      expect(items.map((secret) => secret.metadata.name)).toEqual(['bootstrap-token-abcdef']);
    });
    await secrets.delete('bootstrap-token-abcdef', 'kube-system');
    await eventually(async () => {
      expect((await maps.get('cluster-info', 'kube-public')).data).toEqual({ kubeconfig: 'content' });
    });
  });
});
