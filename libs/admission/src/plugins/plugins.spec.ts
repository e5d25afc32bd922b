import type { ApiObject, Pod } from '@nestor/api';
import { AdmissionChain } from '../admission-chain';
import type { AdmissionRequest, ObjectReader } from '../admission-plugin';
import { DefaultTolerationSecondsPlugin } from './default-toleration-seconds/default-toleration-seconds.plugin';
import { NamespaceLifecyclePlugin } from './namespace-lifecycle/namespace-lifecycle.plugin';
import { PriorityPlugin } from './priority/priority.plugin';
import { ServiceAccountPlugin } from './service-account/service-account.plugin';
import { TaintNodesByConditionPlugin } from './taint-nodes-by-condition/taint-nodes-by-condition.plugin';

const named = (kind: string, name: string, more: object = {}): ApiObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  ...more,
});
const reader = (objects: Record<string, ApiObject>): ObjectReader => ({
  get: (resource, _namespace, name) => Promise.resolve(objects[`${resource}/${name}`]),
  list: (resource) =>
    Promise.resolve(
      Object.entries(objects).flatMap(([key, object]) => (key.startsWith(`${resource}/`) ? [object] : [])),
    ),
});
const create = (resource: string, object: ApiObject): AdmissionRequest => ({
  operation: 'CREATE',
  group: '',
  version: 'v1',
  resource,
  subresource: '',
  kind: object.kind,
  namespace: 'ns',
  name: object.metadata.name ?? '',
  namespaced: resource !== 'nodes',
  object,
  user: { name: 'u', groups: [] },
  dryRun: false,
  warn: () => undefined,
});
const pod = (spec: object = {}): Pod =>
  named('Pod', 'p', { spec: { containers: [{ name: 'c', image: 'i' }], ...spec } });
const admit = async (
  plugin: ConstructorParameters<typeof AdmissionChain>[0][number],
  object: unknown,
  resource = 'pods',
) => {
  await new AdmissionChain([plugin]).admit(create(resource, object as ApiObject));
};

describe('NamespaceLifecycle', () => {
  it('needs the namespace to be there and to stay', async () => {
    const there = new NamespaceLifecyclePlugin(reader({ 'namespaces/ns': named('Namespace', 'ns') }));
    await admit(there, pod());
    await expect(admit(new NamespaceLifecyclePlugin(reader({})), pod())).rejects.toThrow('namespaces "ns" not found');
    const going = named('Namespace', 'ns', { status: { phase: 'Terminating' } });
    await expect(admit(new NamespaceLifecyclePlugin(reader({ 'namespaces/ns': going })), pod())).rejects.toThrow(
      'pods "p" is forbidden: unable to create new content in namespace ns because it is being terminated',
    );
  });
});

describe('ServiceAccount', () => {
  const account = new ServiceAccountPlugin(reader({ 'serviceaccounts/default': named('ServiceAccount', 'default') }));
  it('mounts a token where none is', async () => {
    const made = pod();
    await admit(account, made);
    expect(made.spec?.serviceAccountName).toBe('default');
    expect(made.spec?.containers[0]?.volumeMounts?.[0]?.name).toBe(made.spec?.volumes?.[0]?.name);
  });
  it('leaves alone who wants none', async () => {
    const made = pod({ automountServiceAccountToken: false });
    await admit(account, made);
    expect(made.spec?.volumes).toBeUndefined();
  });
  it('needs the account', async () => {
    await expect(admit(account, pod({ serviceAccountName: 'x' }))).rejects.toThrow(
      'error looking up service account ns/x: serviceaccount "x" not found',
    );
  });
});

describe('the small ones', () => {
  it('tolerate a dead node for five minutes, unless told otherwise', async () => {
    const made = pod({ tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }] });
    await admit(new DefaultTolerationSecondsPlugin(), made);
    expect(made.spec?.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds])).toEqual([
      ['node.kubernetes.io/not-ready', undefined],
      ['node.kubernetes.io/unreachable', 300],
    ]);
  });
  it('turn a priority class into a number', async () => {
    const made = pod({ priorityClassName: 'system-node-critical' });
    await admit(new PriorityPlugin(reader({})), made);
    expect(made.spec?.priority).toBe(2_000_001_000);
    await expect(admit(new PriorityPlugin(reader({})), pod({ priorityClassName: 'x' }))).rejects.toThrow(
      'no PriorityClass with name x was found',
    );
    await expect(admit(new PriorityPlugin(reader({})), pod({ priority: 7 }))).rejects.toThrow('must not be provided');
  });
  it('give a pod that names no class the global default', async () => {
    const usual = { ...named('PriorityClass', 'usual'), value: 5, globalDefault: true, preemptionPolicy: 'Never' };
    const made = pod({});
    await admit(new PriorityPlugin(reader({ 'priorityclasses.scheduling.k8s.io/usual': usual })), made);
    expect(made.spec).toMatchObject({ priority: 5, priorityClassName: 'usual', preemptionPolicy: 'Never' });
  });
  it('taint a new node', async () => {
    const made = named('Node', 'n');
    await admit(new TaintNodesByConditionPlugin(), made, 'nodes');
    expect(made['spec']).toEqual({ taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] });
  });
});
