import { eventually, kubectl, startApiServer, type TestApiServer, type TestProcess } from '@nestor/testing';
import { describeBuilt, startControllerManager } from './controller-manager-process';

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: "web:1"}]}
`;
const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
`;

describeBuilt('kubectl delete --cascade', () => {
  let server: TestApiServer;
  let manager: TestProcess;

  beforeAll(async () => {
    server = await startApiServer();
    const names = ['deployment-controller', 'replicaset-controller', 'garbage-collector-controller'];
    const accounts = 'serviceaccount-controller';
    manager = await startControllerManager(server, ['--leader-elect=false', `--controllers=${[...names, accounts]}`]);
    await run(['apply', '-f', '-'], definition);
    await run(['wait', 'crd/widgets.example.com', '--for=condition=Established']);
    await eventually(() => run(['get', 'serviceaccount', 'default']));
  }, 120_000);
  afterAll(async () => {
    await manager?.stop();
    await server?.stop();
  });

  const run = async (args: string[], input?: string): Promise<string> =>
    (await kubectl(args, { kubeconfig: server.adminKubeconfig, input })).stdout.trim();
  const namesOf = async (kinds: string): Promise<string[]> =>
    (await run(['get', kinds, '-l', 'app=web', '-o', 'name'])).split('\n').filter(Boolean);
  const ownersOf = (kind: string): Promise<string> =>
    run(['get', kind, '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.ownerReferences[*].kind}']);

  describe('of a Deployment', () => {
    beforeEach(async () => {
      await run(['apply', '-f', '-'], deployment);
      await eventually(async () => {
        expect(await namesOf('pods')).toHaveLength(2);
        expect(await ownersOf('pods')).toBe('ReplicaSet ReplicaSet');
      });
    });
    afterEach(async () => {
      await run(['delete', 'replicasets,pods', '-l', 'app=web']);
      await eventually(async () => expect(await namesOf('replicasets,pods')).toEqual([]));
    });

    it('background: the others follow', async () => {
      await run(['delete', 'deployment', 'web', '--cascade=background']);
      await eventually(async () => expect(await namesOf('replicasets,pods')).toEqual([]));
    });

    it('foreground: the others go first', async () => {
      await run(['delete', 'deployment', 'web', '--cascade=foreground', '--timeout=60s']);
      expect(await namesOf('replicasets,pods')).toEqual([]);
    });

    it('orphan: the others stay, and a new one takes them', async () => {
      const before = await namesOf('replicasets,pods');
      await run(['delete', 'deployment', 'web', '--cascade=orphan', '--timeout=60s']);
      expect(await namesOf('replicasets,pods')).toEqual(before);
      expect(await ownersOf('replicasets')).toBe('');
      expect(await ownersOf('pods')).toBe('ReplicaSet ReplicaSet');
      await run(['apply', '-f', '-'], deployment);
      await eventually(async () => expect(await ownersOf('replicasets')).toBe('Deployment'));
      expect(await namesOf('replicasets,pods')).toEqual(before);
      await run(['delete', 'deployment', 'web', '--cascade=foreground', '--timeout=60s']);
    });
  });

  describe('of a custom resource with children', () => {
    const child = (name: string, owner: object): object => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels: { app: 'web' }, ownerReferences: [owner] },
    });
    beforeEach(async () => {
      const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } };
      await run(['create', '-f', '-'], JSON.stringify(widget));
      const uid = await run(['get', 'widget', 'w', '-o', 'jsonpath={.metadata.uid}']);
      const owner = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid };
      const items = [child('blocks', { ...owner, blockOwnerDeletion: true }), child('does-not', owner)];
      await run(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    });
    const children = (): Promise<string[]> => namesOf('configmaps');

    it('background', async () => {
      await run(['delete', 'widget', 'w', '--cascade=background']);
      await eventually(async () => expect(await children()).toEqual([]));
    });

    it('foreground', async () => {
      await run(['delete', 'widget', 'w', '--cascade=foreground', '--timeout=60s']);
      expect(await children()).not.toContain('configmap/blocks');
      await eventually(async () => expect(await children()).toEqual([]));
    });

    it('orphan', async () => {
      await run(['delete', 'widget', 'w', '--cascade=orphan', '--timeout=60s']);
      expect(await children()).toEqual(['configmap/blocks', 'configmap/does-not']);
      expect(await ownersOf('configmaps')).toBe('');
    });
  });
});
