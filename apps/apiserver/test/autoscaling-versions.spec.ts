import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, repositoryRoot, startApiServer, TestApiServer } from '@nestor/testing';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const path = (version: string, name = ''): string =>
  `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers${name && `/${name}`}`;
const behaviorKey = 'autoscaling.alpha.kubernetes.io/behavior';
const conditionsKey = 'autoscaling.alpha.kubernetes.io/conditions';
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

(isBuilt ? describe : describe.skip)('one autoscaler at two versions', () => {
  let server: TestApiServer;
  let api: ApiClient;

  beforeAll(async () => {
    server = await startApiServer();
    api = await ApiClient.of(server);
  });
  afterAll(async () => {
    api?.close();
    await server?.stop();
  });

  it('is made as v1 and read as v2', async () => {
    const made = await api.post(path('v1'), {
      metadata: { name: 'web' },
      spec: { scaleTargetRef, maxReplicas: 5, targetCPUUtilizationPercentage: 70 },
    });
    expect(made).toMatchObject({
      code: 201,
      body: { apiVersion: 'autoscaling/v1', spec: { minReplicas: 1, targetCPUUtilizationPercentage: 70 } },
    });
    expect((await api.get(path('v2', 'web'))).body).toMatchObject({
      apiVersion: 'autoscaling/v2',
      metadata: { uid: made.body.metadata.uid, resourceVersion: made.body.metadata.resourceVersion },
      spec: { metrics: [{ resource: { target: { averageUtilization: 70 } } }] },
    });
  });

  it('keeps what v1 has no field for when it is written as v1', async () => {
    const spec = { behavior: { scaleDown: { selectPolicy: 'Disabled' } } };
    expect((await api.patch(path('v2', 'web'), 'merge', { spec })).code).toBe(200);
    const conditions = [{ type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: 'm' }];
    const status = { currentReplicas: 2, desiredReplicas: 2, conditions };
    expect((await api.patch(`${path('v2', 'web')}/status`, 'merge', { status })).code).toBe(200);

    const { body } = await api.get(path('v1', 'web'));
    expect(Object.keys(body.metadata.annotations ?? {}).sort()).toEqual([behaviorKey, conditionsKey]);
    // The status' annotations are not the client's to drop; the behavior's is.
    const { [conditionsKey]: _dropped, ...annotations } = body.metadata.annotations ?? {};
    const next = { ...body, metadata: { ...body.metadata, annotations }, spec: { ...body.spec, maxReplicas: 7 } };
    expect((await api.put(path('v1', 'web'), next)).code).toBe(200);
    const stored = (await api.get(path('v2', 'web'))).body;
    expect(stored.metadata.annotations).toBeUndefined();
    expect(stored).toMatchObject({ spec: { maxReplicas: 7, ...spec }, status });
  });

  it('is applied at either version', async () => {
    const apply = (version: string, spec: object) =>
      api.patch(`${path(version, 'applied')}?fieldManager=me&force=true`, 'apply', {
        apiVersion: `autoscaling/${version}`,
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'applied' },
        spec: { scaleTargetRef, ...spec },
      });
    expect((await apply('v2', { maxReplicas: 3 })).code).toBe(201);
    expect(await apply('v1', { maxReplicas: 4, targetCPUUtilizationPercentage: 33 })).toMatchObject({
      code: 200,
      body: { spec: { maxReplicas: 4, targetCPUUtilizationPercentage: 33 } },
    });
    expect((await api.get(path('v2', 'applied'))).body.spec.metrics[0].resource.target.averageUtilization).toBe(33);
  });

  it('is listed and watched at both', async () => {
    for (const version of ['v1', 'v2']) {
      const apiVersion = `autoscaling/${version}`;
      const { body } = await api.get(path(version));
      const items = body['items'] as { spec: object }[];
      expect(items).toHaveLength(2);
      expect(items.every(({ spec }) => 'metrics' in spec === (version === 'v2'))).toBe(true);
      const lines = await api.watch(`${path(version)}?watch=true`, (all) => all.length >= 2);
      expect(lines.map(({ type, object }) => [type, object.apiVersion])).toEqual([
        ['ADDED', apiVersion],
        ['ADDED', apiVersion],
      ]);
    }
  });

  it('refuses at v1 what v2 would', async () => {
    const spec = { scaleTargetRef, maxReplicas: 1, minReplicas: 2 };
    for (const version of ['v1', 'v2']) {
      expect((await api.post(path(version), { metadata: { name: 'no' }, spec })).body).toMatchObject({
        code: 422,
        message:
          'HorizontalPodAutoscaler.autoscaling "no" is invalid: spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`',
      });
    }
  });
});
