import { clusterIdentities } from '@nestor/pki';
import { ApiClient, kubectl, startApiServer, type TestApiServer } from '@nestor/testing';

const claims = '/apis/resource.k8s.io/v1/namespaces/default/resourceclaims';
const claim = (name: string, over: object = {}) => ({
  apiVersion: 'resource.k8s.io/v1',
  kind: 'ResourceClaim',
  metadata: { name, namespace: 'default' },
  spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu', ...over } }] } },
});

describe('resource claims', () => {
  let server: TestApiServer;
  let admin: ApiClient;
  let scheduler: ApiClient;
  beforeAll(async () => {
    server = await startApiServer();
    admin = await ApiClient.of(server);
    scheduler = await ApiClient.of(server, clusterIdentities.scheduler);
  }, 120_000);
  afterAll(() => server?.stop());
  const run = async (args: string[], input?: object): Promise<string> => {
    const options = { kubeconfig: server.adminKubeconfig, ...(input && { input: JSON.stringify(input) }) };
    return (await kubectl(args, options)).stdout.trim();
  };

  it('give admin access in namespaces that are labelled for it', async () => {
    const refused = await admin.post(claims, claim('boss', { adminAccess: true }));
    expect([refused.code, refused.body['message']]).toEqual([
      422,
      'ResourceClaim.resource.k8s.io "boss" is invalid: spec.devices.requests[0].exactly.adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace',
    ]);
    await run(['label', 'namespace', 'default', 'resource.kubernetes.io/admin-access=true']);
    expect((await admin.post(claims, claim('boss', { adminAccess: true }))).code).toBe(201);
  });

  it('print their state and are bound by those who may', async () => {
    await admin.post(claims, claim('one'));
    expect(await run(['get', 'resourceclaims', 'one', '--no-headers'])).toMatch(/^one\s+pending\s+\S+$/);
    const result = { request: 'gpu', driver: 'd.com', pool: 'p', device: 'gpu-0' };
    const status = { allocation: { devices: { results: [result] } } };
    await run([
      'create',
      'clusterrole',
      'half',
      '--verb=get,update,patch',
      '--resource=resourceclaims.resource.k8s.io/status',
    ]);
    await run(['create', 'clusterrolebinding', 'half', '--clusterrole=half', '--user=joe']);
    const patch = JSON.stringify({ status });
    const mine = run([
      'patch',
      'resourceclaim',
      'one',
      '--subresource=status',
      '--type=merge',
      '-p',
      patch,
      '--as',
      'joe',
    ]);
    await expect(mine).rejects.toThrow(
      /changing status.allocation or status.reservedFor requires resource="resourceclaims\/binding", verb="update" permission: resourceclaims.resource.k8s.io is forbidden: User "joe" cannot update resource "resourceclaims\/binding"/,
    );
    const { body } = await scheduler.get(`${claims}/one`);
    expect((await scheduler.put(`${claims}/one/status`, { ...body, status })).code).toBe(200);
    expect(await run(['get', 'resourceclaims', 'one', '--no-headers'])).toMatch(/^one\s+allocated\s+\S+$/);
  });

  it('leave status.devices to drivers that may write their own', async () => {
    const rules = ['--verb=arbitrary-node:patch', '--resource=resourceclaims.resource.k8s.io/driver'];
    await run(['create', 'clusterrole', 'driver', ...rules, '--resource-name=d.com']);
    const device = { driver: 'd.com', pool: 'p', device: 'gpu-0', conditions: [] };
    const patch = JSON.stringify({ status: { devices: [device] } });
    const write = (): Promise<string> =>
      run(['patch', 'resourceclaim', 'one', '--subresource=status', '--type=merge', '-p', patch, '--as', 'joe']);
    await expect(write()).rejects.toThrow(/changing status.devices requires resource="resourceclaims\/driver"/);
    await run(['create', 'clusterrolebinding', 'driver', '--clusterrole=driver', '--user=joe']);
    expect(await write()).toContain('patched');
  });

  it('select slices by node and driver', async () => {
    const pool = { name: 'n', generation: 1, resourceSliceCount: 1 };
    const slice = (name: string, nodeName: string) => ({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceSlice',
      metadata: { name },
      spec: { driver: 'd.com', nodeName, pool: { ...pool, name: nodeName } },
    });
    for (const name of ['a', 'b']) await run(['create', '-f', '-'], slice(name, name));
    const rows = await run([
      'get',
      'resourceslices',
      '--field-selector=spec.nodeName=b,spec.driver=d.com',
      '--no-headers',
    ]);
    expect(rows).toMatch(/^b\s+b\s+d.com\s+b\s+\S+$/);
  });

  it('have rules that taint devices, which are the same at both versions', async () => {
    const rules = '/apis/resource.k8s.io/v1beta2/devicetaintrules';
    const spec = { taint: { key: 'broken', effect: 'NoExecute' } };
    const rule = { apiVersion: 'resource.k8s.io/v1alpha3', kind: 'DeviceTaintRule', metadata: { name: 'r' }, spec };
    await run(['create', '-f', '-'], rule);
    const { body } = await admin.get(`${rules}/r`);
    expect(body).toMatchObject({ apiVersion: 'resource.k8s.io/v1beta2', metadata: { generation: 1 }, spec });
    await run([
      'patch',
      'devicetaintrules.v1alpha3.resource.k8s.io',
      'r',
      '--type=merge',
      '-p',
      '{"spec":{"taint":{"effect":"None"}}}',
    ]);
    expect((await admin.get(`${rules}/r`)).body).toMatchObject({
      metadata: { generation: 2 },
      spec: { taint: { key: 'broken', effect: 'None' } },
    });
    expect(await run(['get', 'devicetaintrules', '--no-headers'])).toMatch(/^r\s+\S+$/);
  });
});
