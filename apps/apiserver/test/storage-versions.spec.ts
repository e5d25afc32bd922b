import { ApiClient, eventually, startApiServer, type TestApiServer } from '@nestor/testing';

const path = '/apis/internal.apiserver.k8s.io/v1alpha1/storageversions';

describe('storage versions', () => {
  let server: TestApiServer;
  let admin: ApiClient;
  beforeAll(async () => {
    server = await startApiServer({ args: ['--storage-version-api'] });
    admin = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
  });

  it('say what this server stores and reads, under the name of its lease', async () => {
    const lease = await eventually(async () => {
      const leases = await admin.get(
        '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?labelSelector=apiserver.kubernetes.io/identity=kube-apiserver',
      );
      const [own] = leases.body['items'] as { metadata: { name: string } }[];
      expect(own).toBeDefined();
      return own!;
    });
    const statusOf = async (name: string): Promise<unknown> => (await admin.get(`${path}/${name}`)).body['status'];
    const own = (encodingVersion: string, ...decodableVersions: string[]) => ({
      storageVersions: [{ apiServerID: lease.metadata.name, encodingVersion, decodableVersions }],
      commonEncodingVersion: encodingVersion,
    });
    await eventually(async () => {
      expect(await statusOf('apps.deployments')).toEqual(own('apps/v1', 'apps/v1'));
      expect(await statusOf('core.pods')).toEqual(own('v1', 'v1'));
      expect(await statusOf('autoscaling.horizontalpodautoscalers')).toEqual(
        own('autoscaling/v2', 'autoscaling/v2', 'autoscaling/v1'),
      );
    });
  });

  it('refuses a status that cannot be', async () => {
    const { body } = await admin.get(`${path}/apps.deployments`);
    body['status'].commonEncodingVersion = 'apps/v9';
    expect((await admin.put(`${path}/apps.deployments/status`, body)).body).toMatchObject({
      code: 422,
      message: expect.stringContaining(
        'status.commonEncodingVersion: Invalid value: "apps/v9": the actual common encoding version is apps/v1',
      ),
    });
    const named = {
      apiVersion: 'internal.apiserver.k8s.io/v1alpha1',
      kind: 'StorageVersion',
      metadata: { name: 'pods' },
      spec: {},
    };
    expect((await admin.post(path, named)).body).toMatchObject({ code: 422, reason: 'Invalid' });
  });
});
