import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@nestor/testing';
import { noAdmissionConfiguration, readAdmissionConfiguration } from './admission-configuration';

describe('the admission configuration file', () => {
  const directory = temporaryDirectory('admission');
  afterAll(() => directory.remove());
  const write = (name: string, content: unknown): string => {
    const path = join(directory.path, name);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };
  const configuration = (...plugins: object[]): string =>
    write('admission.yaml', { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins });

  it('says nothing where there is none', () =>
    expect(readAdmissionConfiguration(undefined)).toBe(noAdmissionConfiguration));

  it('configures plugins, in the file or in one of their own', () => {
    write('quota.yaml', { kind: 'ResourceQuotaConfiguration', limitedResources: [{ resource: 'pods' }] });
    const user = { token: 'secret' };
    write('kubeconfig', { kind: 'Config', users: [{ name: '*.svc', user }] });
    const read = readAdmissionConfiguration(
      configuration(
        {
          name: 'PodSecurity',
          configuration: {
            kind: 'PodSecurityConfiguration',
            defaults: { enforce: 'baseline', 'enforce-version': 'v1.30' },
            exemptions: { namespaces: ['kube-system'] },
          },
        },
        { name: 'ResourceQuota', path: 'quota.yaml' },
        {
          name: 'EventRateLimit',
          configuration: {
            apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1',
            kind: 'Configuration',
            limits: [{ type: 'Namespace', qps: 50, burst: 100, cacheSize: 2000 }],
          },
        },
        {
          name: 'ValidatingAdmissionWebhook',
          configuration: { kind: 'WebhookAdmissionConfiguration', kubeConfigFile: 'kubeconfig' },
        },
      ),
    );
    expect(read.podSecurity).toMatchObject({
      defaults: { enforce: { level: 'baseline', version: 'v1.30' }, warn: { level: 'privileged' } },
      exemptions: { namespaces: ['kube-system'], usernames: [] },
    });
    expect(read.eventLimits).toEqual([{ type: 'Namespace', qps: 50, burst: 100, cacheSize: 2000 }]);
    expect(read.limitedResources).toEqual([{ resource: 'pods' }]);
    expect(read.validatingCredentials('hook.ns.svc:443')).toEqual({ authorization: 'Bearer secret' });
    expect(read.validatingCredentials('example.com:443')).toEqual({});
    expect(read.mutatingCredentials('hook.ns.svc:443')).toEqual({});
  });

  it.each<[string, object, string]>([
    ['a plugin without', { name: 'Priority', path: 'x' }, 'plugin "Priority" takes no configuration'],
    ['nothing to read', { name: 'PodSecurity' }, 'plugin "PodSecurity" needs a path or a configuration'],
    [
      'another kind',
      { name: 'PodSecurity', configuration: { kind: 'X' } },
      'is of kind "X" where a PodSecurityConfiguration is wanted',
    ],
    [
      'no limit',
      {
        name: 'EventRateLimit',
        configuration: { apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', kind: 'Configuration' },
      },
      'limits: Invalid value: []: must not be empty',
    ],
    [
      'a Configuration of something else',
      { name: 'EventRateLimit', configuration: { apiVersion: 'v1', kind: 'Configuration' } },
      'Configuration is of "v1" where eventratelimit.admission.k8s.io/v1alpha1 is wanted',
    ],
    [
      'no level',
      { name: 'PodSecurity', configuration: { kind: 'PodSecurityConfiguration', defaults: { warn: 'x' } } },
      'PodSecurityConfiguration: defaults: "x" must be one of privileged, baseline, restricted',
    ],
  ])('refuses %s', (_name, plugin, message) =>
    expect(() => readAdmissionConfiguration(configuration(plugin))).toThrow(message),
  );
});
