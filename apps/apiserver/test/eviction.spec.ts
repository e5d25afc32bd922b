import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, type Answer, repositoryRoot, startApiServer, TestApiServer } from '@nestor/testing';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const pods = '/api/v1/namespaces/default/pods';
const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';

(isBuilt ? describe : describe.skip)('pods/eviction', () => {
  let server: TestApiServer;
  let client: ApiClient;
  let count = 0;

  beforeAll(async () => {
    server = await startApiServer();
    client = await ApiClient.of(server);
    await client.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  });
  afterAll(async () => {
    client?.close();
    await server?.stop();
  });

  /** A pod that runs; deleting it waits for a kubelet that is not there, so that its last state can be looked at. */
  async function pod(app: string, { ready = true, phase = 'Running', grace = 30 } = {}): Promise<string> {
    const name = `${app}-${count++}`;
    const spec = {
      nodeName: 'n1',
      terminationGracePeriodSeconds: grace,
      containers: [{ name: 'main', image: 'busybox' }],
    };
    const made = await client.post(pods, { metadata: { name, labels: { app } }, spec });
    expect(made.code).toBe(201);
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
    const written = await client.patch(`${pods}/${name}/status`, 'merge', { status: { phase, conditions } });
    expect(written.code).toBe(200);
    return name;
  }

  async function budget(app: string, status: object, spec: object = { minAvailable: 1 }): Promise<string> {
    const name = `${app}-budget-${count++}`;
    const made = await client.post(budgets, {
      metadata: { name },
      spec: { selector: { matchLabels: { app } }, ...spec },
    });
    expect(made.code).toBe(201);
    const counts = {
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
      disruptionsAllowed: 0,
      observedGeneration: 1,
    };
    const written = await client.patch(`${budgets}/${name}/status`, 'merge', { status: { ...counts, ...status } });
    expect(written.code).toBe(200);
    return name;
  }

  const evict = (name: string, deleteOptions?: object, query = ''): Promise<Answer> =>
    client.post(`${pods}/${name}/eviction${query}`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name },
      deleteOptions,
    });

  it('lets a pod go that no budget guards, and says on it why', async () => {
    const name = await pod('free');
    expect(await evict(name)).toMatchObject({ code: 201, body: { kind: 'Status', status: 'Success', code: 201 } });
    const { body } = await client.get(`${pods}/${name}`);
    expect(body.metadata.deletionTimestamp).toBeDefined();
    expect(body.status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      }),
    );
  });

  it('refuses what would break the budget', async () => {
    const name = await pod('full');
    const guard = await budget('full', {});
    const answer = await evict(name);
    expect(answer.code).toBe(429);
    expect(answer.body).toMatchObject({
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      reason: 'TooManyRequests',
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: `The disruption budget ${guard} needs 1 healthy pods and has 1 currently`,
          },
        ],
      },
    });
  });

  it('says so where pods are not what is lacking', async () => {
    const lastTransitionTime = '2026-01-01T00:00:00Z';
    const failed = {
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'SyncFailed',
      message: 'no scale',
      lastTransitionTime,
    };
    const broken = await budget('broken', { conditions: [failed] });
    expect((await evict(await pod('broken'))).body['details'].causes[0].message).toBe(
      `The disruption budget ${broken} does not allow evicting pods currently because it failed sync: no scale`,
    );
    const enough = await budget('enough', { currentHealthy: 2 });
    expect((await evict(await pod('enough'))).body['details'].causes[0].message).toBe(
      `The disruption budget ${enough} does not allow evicting pods currently`,
    );
  });

  it('asks to come again while the budget is not judged', async () => {
    const name = await pod('new');
    const guard = await budget('new', { disruptionsAllowed: 1, observedGeneration: 0 });
    const answer = await evict(name);
    expect(answer).toMatchObject({ code: 429, headers: { 'retry-after': '10' } });
    expect(answer.body['details']).toMatchObject({
      retryAfterSeconds: 10,
      causes: [{ message: `The disruption budget ${guard} is still being processed by the server.` }],
    });
  });

  it('takes from the budget and names the pod there', async () => {
    const name = await pod('one');
    const guard = await budget('one', { disruptionsAllowed: 1 });
    expect((await evict(name, undefined, '?dryRun=All')).code).toBe(201);
    expect((await client.get(`${budgets}/${guard}`)).body.status.disruptionsAllowed).toBe(1);
    expect((await client.get(`${pods}/${name}`)).body.metadata.deletionTimestamp).toBeUndefined();
    expect((await evict(name)).code).toBe(201);
    const { status } = (await client.get(`${budgets}/${guard}`)).body;
    expect(status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { [name]: expect.any(String) },
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
    });
  });

  it('never lets more go than the budget has, however many ask at once', async () => {
    const names = await Promise.all(Array.from({ length: 40 }, () => pod('crowd')));
    const guard = await budget('crowd', { disruptionsAllowed: 7, currentHealthy: 40, desiredHealthy: 33 });
    const answers = await Promise.all(names.map((name) => evict(name)));
    const codes = answers.map(({ code }) => code);
    expect(codes.filter((code) => code === 201)).toHaveLength(7);
    expect(codes.filter((code) => code === 429)).toHaveLength(33);
    const { items } = (await client.get(`${pods}?labelSelector=app=crowd`)).body as unknown as {
      items: { metadata: { deletionTimestamp?: string } }[];
    };
    expect(items.filter(({ metadata }) => metadata.deletionTimestamp)).toHaveLength(7);
    const { status } = (await client.get(`${budgets}/${guard}`)).body;
    expect(status.disruptionsAllowed).toBe(0);
    expect(Object.keys(status.disruptedPods)).toHaveLength(7);
  });

  it.each(['Pending', 'Succeeded', 'Failed'])('asks no budget for a pod that is %s', async (phase) => {
    const app = `phase-${phase.toLowerCase()}`;
    const name = await pod(app, { phase, ready: false });
    await budget(app, {});
    expect((await evict(name)).code).toBe(201);
  });

  it.each<[string, object, object, number]>([
    ['goes while enough others are healthy', {}, { currentHealthy: 2, desiredHealthy: 2 }, 201],
    ['stays while the application is disrupted', {}, { currentHealthy: 1, desiredHealthy: 2 }, 429],
    [
      'goes in any case if the budget says so',
      { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      { currentHealthy: 1, desiredHealthy: 2 },
      201,
    ],
  ])('an unhealthy pod %s', async (_, spec, status, code) => {
    const app = `ill-${count++}`;
    const name = await pod(app, { ready: false });
    const guard = await budget(app, status, { minAvailable: 2, ...spec });
    expect((await evict(name)).code).toBe(code);
    expect((await client.get(`${budgets}/${guard}`)).body.status.disruptedPods).toBeUndefined();
  });

  it('does not choose among budgets', async () => {
    const name = await pod('both');
    await budget('both', { disruptionsAllowed: 1 });
    await budget('both', { disruptionsAllowed: 1 });
    expect(await evict(name)).toMatchObject({
      code: 500,
      body: {
        message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      },
    });
  });

  it('holds to preconditions', async () => {
    const name = await pod('exact');
    const { metadata } = (await client.get(`${pods}/${name}`)).body;
    expect((await evict(name, { preconditions: { uid: 'other' } })).code).toBe(409);
    expect((await evict(name, { preconditions: { resourceVersion: '1' } })).code).toBe(409);
    const { uid, resourceVersion } = metadata;
    expect((await evict(name, { preconditions: { uid, resourceVersion }, gracePeriodSeconds: 0 })).code).toBe(201);
    expect((await client.get(`${pods}/${name}`)).code).toBe(404);
  });

  it('is about the pod of the path', async () => {
    const name = await pod('mine');
    const answer = await client.post(`${pods}/${name}/eviction`, { metadata: { name: 'yours' } });
    expect(answer).toMatchObject({
      code: 400,
      body: { message: 'name in URL does not match name in Eviction object' },
    });
    expect((await evict('nobody')).code).toBe(404);
  });
});
