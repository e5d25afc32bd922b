import type { ApiObject } from '@nestor/api';
import type { AdmissionRequest, ObjectReader } from '../../admission-plugin';
import type { CheckedPod } from './checks/check';
import { PodSecurityPlugin, podSecurityDefaults, type PodSecurityOptions } from './pod-security.plugin';
import { detailOf, policyOf, violationsOf, type Level } from './pod-security-policy';

const container = (securityContext?: object, more: object = {}) => ({
  name: 'a',
  image: 'i',
  securityContext,
  ...more,
});
const pod = (spec: object = {}, annotations?: Record<string, string>): CheckedPod => ({
  metadata: { annotations },
  spec: { containers: [container()], ...spec },
});
const withContext = (securityContext: object, more: object = {}): CheckedPod =>
  pod({ containers: [container(securityContext, more)] });
const restrictedContext = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const judged = (level: Level, checked: CheckedPod, version = 'latest'): string =>
  detailOf(violationsOf({ level, version }, checked));

describe('baseline', () => {
  it.each<[string, CheckedPod, string]>([
    ['a plain pod', pod(), ''],
    ['host namespaces', pod({ hostNetwork: true, hostPID: true }), 'host namespaces (hostNetwork=true, hostPID=true)'],
    [
      'privileged',
      withContext({ privileged: true }),
      'privileged (container "a" must not set securityContext.privileged=true)',
    ],
    [
      'capabilities',
      withContext({ capabilities: { add: ['NET_RAW', 'CHOWN', 'BPF'] } }),
      'non-default capabilities (container "a" must not include "BPF", "NET_RAW" in securityContext.capabilities.add)',
    ],
    ['host paths', pod({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'hostPath volumes (volume "v")'],
    [
      'host ports',
      withContext(
        {},
        {
          ports: [
            { containerPort: 1, hostPort: 80 },
            { containerPort: 2, hostPort: 81 },
          ],
        },
      ),
      'hostPort (container "a" uses hostPorts 80, 81)',
    ],
    [
      'hosts of probes',
      withContext({}, { livenessProbe: { httpGet: { host: 'h', port: 1 } } }),
      'probe or lifecycle host (container "a" uses probe or lifecycle host "h")',
    ],
    [
      'AppArmor',
      withContext({ appArmorProfile: { type: 'Unconfined' } }),
      'forbidden AppArmor profile (container "a" must not set AppArmor profile type to "Unconfined")',
    ],
    [
      'AppArmor by annotation',
      pod({}, { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' }),
      'forbidden AppArmor profile (container.apparmor.security.beta.kubernetes.io/a="unconfined")',
    ],
    [
      'SELinux',
      pod({ securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } } }),
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
    ],
    [
      'proc',
      withContext({ procMount: 'Unmasked' }),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
    ['proc in a user namespace', pod({ hostUsers: false, containers: [container({ procMount: 'Unmasked' })] }), ''],
    [
      'seccomp',
      pod({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'sysctls',
      pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax' }, { name: 'net.ipv4.tcp_rmem' }] } }),
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'host processes',
      pod({ securityContext: { windowsOptions: { hostProcess: true } } }),
      'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
    ],
  ])('%s', (_name, checked, detail) => expect(judged('baseline', checked)).toBe(detail));

  it('is what it was in the version asked for', () => {
    const sysctl = pod({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } });
    expect(judged('baseline', sysctl, 'v1.31')).toBe('forbidden sysctls (net.ipv4.tcp_rmem)');
    expect(judged('baseline', sysctl, 'v1.32')).toBe('');
    expect(judged('baseline', withContext({}, { livenessProbe: { tcpSocket: { host: 'h', port: 1 } } }), 'v1.33')).toBe(
      '',
    );
  });
});

describe('restricted', () => {
  it.each<[string, CheckedPod, string]>([
    ['all it asks for', withContext(restrictedContext), ''],
    [
      'a plain pod',
      pod(),
      'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
    [
      'volumes',
      pod({
        containers: [container(restrictedContext)],
        volumes: [
          { name: 'n', nfs: {} },
          { name: 's', secret: {} },
        ],
      }),
      'restricted volume types (volume "n" uses restricted volume type "nfs")',
    ],
    [
      'root',
      withContext({ ...restrictedContext, runAsUser: 0 }),
      'runAsUser=0 (container "a" must not set runAsUser=0)',
    ],
    [
      'root on purpose',
      withContext({ ...restrictedContext, runAsNonRoot: false }),
      'runAsNonRoot != true (container "a" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'root in a user namespace',
      pod({ hostUsers: false, containers: [container({ ...restrictedContext, runAsNonRoot: false, runAsUser: 0 })] }),
      '',
    ],
    [
      'added capabilities',
      withContext({ ...restrictedContext, capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] } }),
      'unrestricted capabilities (container "a" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
    ['Windows', pod({ os: { name: 'windows' }, securityContext: { runAsNonRoot: true } }), ''],
  ])('%s', (_name, checked, detail) => expect(judged('restricted', checked)).toBe(detail));

  it('asks init and ephemeral containers as well', () =>
    expect(
      judged(
        'baseline',
        pod({
          initContainers: [{ ...container({ privileged: true }), name: 'i' }],
          ephemeralContainers: [{ ...container({ privileged: true }), name: 'e' }],
        }),
      ),
    ).toBe('privileged (containers "i", "e" must not set securityContext.privileged=true)'));
});

const labels = (of: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(of).map(([mode, value]) => [`pod-security.kubernetes.io/${mode}`, value]));

describe('the plugin', () => {
  const namespace = (of: Record<string, string>): ApiObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'ns', labels: labels(of) },
  });
  async function ask(
    of: Record<string, string>,
    more: Partial<AdmissionRequest>,
    options: PodSecurityOptions = podSecurityDefaults,
  ): Promise<{ error?: string; warnings: string[]; notes: Record<string, string> }> {
    const warnings: string[] = [];
    const notes: Record<string, string> = {};
    const existing = [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'old' }, spec: { hostPID: true, containers: [] } },
    ];
    const reader: ObjectReader = {
      get: () => Promise.resolve(namespace(of)),
      list: () => Promise.resolve(existing as unknown as ApiObject[]),
    };
    const plugin = new PodSecurityPlugin(reader, options);
    const request: AdmissionRequest = {
      operation: 'CREATE',
      group: '',
      version: 'v1',
      resource: 'pods',
      subresource: '',
      kind: 'Pod',
      namespace: 'ns',
      name: 'p',
      namespaced: true,
      user: { name: 'u', groups: [] },
      dryRun: false,
      warn: (text) => void warnings.push(text),
      annotate: (key, value) => void (notes[key] = value),
      ...more,
    };
    if (!plugin.handles(request)) return { error: 'not asked', warnings, notes };
    const error = await plugin.validate(request).then(
      () => undefined,
      (refused: Error) => refused.message,
    );
    return { error, warnings, notes };
  }
  const bad = { ...pod({ hostPID: true }), metadata: { name: 'p' } } as unknown as ApiObject;
  const why = 'host namespaces (hostPID=true)';

  it('enforces, warns and records', async () => {
    expect((await ask({}, { object: bad })).error).toBeUndefined();
    expect((await ask({ enforce: 'baseline' }, { object: bad })).error).toBe(
      `pods "p" is forbidden: violates PodSecurity "baseline:latest": ${why}`,
    );
    expect(await ask({ warn: 'baseline', audit: 'baseline', 'audit-version': 'v1.30' }, { object: bad })).toEqual({
      error: undefined,
      warnings: [`would violate PodSecurity "baseline:latest": ${why}`],
      notes: { 'pod-security.kubernetes.io/audit-violations': `would violate PodSecurity "baseline:v1.30": ${why}` },
    });
  });
  it('only warns about what makes pods', async () => {
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { template: bad } };
    const asked = { group: 'apps', resource: 'deployments', object };
    expect(await ask({ enforce: 'baseline', warn: 'baseline' }, asked)).toMatchObject({
      error: undefined,
      warnings: [`would violate PodSecurity "baseline:latest": ${why}`],
    });
  });
  it('looks at updates that change what runs', async () => {
    const old = bad;
    const relabelled = { ...bad, metadata: { name: 'p', labels: { a: 'b' } } };
    const update = { operation: 'UPDATE', old } as const;
    expect((await ask({ enforce: 'baseline' }, { ...update, object: relabelled })).error).toBeUndefined();
    const debugged = { ...bad, spec: { ...(bad['spec'] as object), ephemeralContainers: [container()] } };
    expect(
      (await ask({ enforce: 'baseline' }, { ...update, object: debugged, subresource: 'ephemeralcontainers' })).error,
    ).toContain(why);
    expect((await ask({ enforce: 'baseline' }, { ...update, object: debugged, subresource: 'status' })).error).toBe(
      'not asked',
    );
  });
  it('lets the exempt be', async () => {
    const exempt = (exemptions: object) => ({
      ...podSecurityDefaults,
      exemptions: { ...podSecurityDefaults.exemptions, ...exemptions },
    });
    for (const options of [exempt({ usernames: ['u'] }), exempt({ namespaces: ['ns'] })]) {
      expect((await ask({ enforce: 'restricted' }, { object: bad }, options)).error).toBeUndefined();
    }
    const sandboxed = {
      ...pod({ hostPID: true, runtimeClassName: 'vm' }),
      metadata: { name: 'p' },
    } as unknown as ApiObject;
    expect(
      (await ask({ enforce: 'restricted' }, { object: sandboxed }, exempt({ runtimeClasses: ['vm'] }))).error,
    ).toBeUndefined();
  });
  it('tells a namespace which pods its new level would not let in', async () => {
    const change = (of: Record<string, string>) =>
      ask(
        {},
        {
          resource: 'namespaces',
          namespaced: false,
          operation: 'UPDATE',
          name: 'ns',
          object: namespace(of),
          old: namespace({}),
        },
      );
    expect(await change({ enforce: 'baseline' })).toMatchObject({
      error: undefined,
      warnings: [
        'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
        'old: host namespaces',
      ],
    });
    expect((await change({ enforce: 'strict' })).error).toBe(
      'Namespace "ns" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    );
    expect((await change({ 'warn-version': '1.30' })).error).toContain('must be "latest" or "v1.x"');
  });
  it('enforces most where the labels say nothing that can be read', () => {
    const { policy } = policyOf(labels({ enforce: 'x', warn: 'x' }));
    expect([policy.enforce.level, policy.warn.level]).toEqual(['restricted', 'privileged']);
  });
});
