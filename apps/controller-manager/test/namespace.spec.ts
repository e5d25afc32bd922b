import { isNotFound, type ApiObject, type CustomResourceDefinition } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import { eventually, startApiServer, type TestApiServer, type TestProcess } from '@nestor/testing';
import { describeBuilt, startControllerManager } from './controller-manager-process';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
} as unknown as CustomResourceDefinition;

describeBuilt('namespaces and ownership', () => {
  let server: TestApiServer;
  let manager: TestProcess;
  let client: KubernetesClient;
  beforeAll(async () => {
    server = await startApiServer();
    manager = await startControllerManager(server, ['--leader-elect=false']);
    client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
  }, 120_000);
  afterAll(async () => {
    client?.close();
    await manager?.stop();
    await server?.stop();
  });

  const createNamespace = (name: string) =>
    client.resource(refs.namespaces).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

  it('have their ServiceAccount and the cluster CA, again if deleted', async () => {
    await createNamespace('team');
    const accounts = client.resource(refs.serviceAccounts);
    await eventually(() => accounts.get('default', 'team'));
    await eventually(async () => {
      const { data } = await client.resource(refs.configMaps).get('kube-root-ca.crt', 'team');
      expect(data?.['ca.crt']).toBe(client.connection.ca);
    });
    await accounts.delete('default', 'team');
    await eventually(() => accounts.get('default', 'team'));
  });

  it('go with all that is in them, custom resources and finalizers included', async () => {
    await client.resource(refs.customResourceDefinitions).create(definition);
    const ref = await eventually(() => client.refOf<ApiObject>('example.com/v1/Widget'));
    const widgets = client.resource(ref);
    const metadata = { name: 'w', namespace: 'team', finalizers: ['example.com/hold'] };
    await eventually(() => widgets.create({ apiVersion: 'example.com/v1', kind: 'Widget', metadata }));
    await client.resource(refs.namespaces).delete('team');
    await eventually(
      async () => {
        const { status } = await client.resource(refs.namespaces).get('team');
        expect(status?.phase).toBe('Terminating');
        const remaining = status?.conditions?.find((one) => one.type === 'NamespaceContentRemaining');
        expect(remaining?.message).toBe('Some resources are remaining: widgets.example.com has 1 resource instances');
      },
      { timeoutMs: 60_000 },
    );
    await widgets.patch('w', 'team', 'merge', { metadata: { finalizers: [] } });
    await eventually(async () => expect(await isGone(() => client.resource(refs.namespaces).get('team'))).toBe(true), {
      timeoutMs: 60_000,
    });
  });

  it('let custom resources own built-in ones', async () => {
    const ref = await client.refOf<ApiObject>('example.com/v1/Widget');
    const owner = await client
      .resource(ref)
      .create({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'o', namespace: 'default' } });
    const { uid = '', name = '' } = owner.metadata;
    const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Widget', name, uid }];
    const metadata = { name: 'owned', namespace: 'default', ownerReferences };
    const maps = client.resource(refs.configMaps);
    await maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await client.resource(ref).delete('o', 'default');
    await eventually(async () => expect(await isGone(() => maps.get('owned', 'default'))).toBe(true), {
      timeoutMs: 60_000,
    });
  });

  it('do not keep what was made for an owner that never was', async () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'ghost', uid: 'no-such-uid' }];
    const metadata = { name: 'haunted', namespace: 'default', ownerReferences };
    const maps = client.resource(refs.configMaps);
    await maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await eventually(async () => expect(await isGone(() => maps.get('haunted', 'default'))).toBe(true));
  });
});

function isGone(get: () => Promise<unknown>): Promise<boolean> {
  return get().then(
    () => false,
    (error: unknown) => isNotFound(error),
  );
}
