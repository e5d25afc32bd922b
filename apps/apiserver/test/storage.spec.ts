import { ApiClient, startApiServer, type TestApiServer } from '@nestor/testing';
import { configMap, pod, serviceAccount } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

const deployment = (name: string, replicas = 1): Record<string, unknown> => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'busybox:1' }] } },
  },
});

describe('the generic storage over HTTPS', () => {
  let server: TestApiServer;
  let api: ApiClient;

  beforeAll(async () => {
    server = await startApiServer();
    api = await ApiClient.of(server);
    await api.post('/api/v1/namespaces/default/serviceaccounts', serviceAccount());
  }, 120_000);
  afterAll(async () => {
    api?.close();
    await server?.stop();
  });

  it('creates, reads, updates and deletes', async () => {
    const created = await api.post(maps, configMap('one'));
    expect(created.code).toBe(201);
    expect(created.body.metadata).toMatchObject({ name: 'one', namespace: 'default', uid: expect.any(String) });
    expect((await api.post(maps, configMap('one'))).body).toMatchObject({ reason: 'AlreadyExists', code: 409 });
    const read = await api.get(`${maps}/one`);
    expect(read.text).toBe(created.text);
    const updated = await api.put(`${maps}/one`, { ...read.body, data: { a: '2' } });
    expect(updated.code).toBe(200);
    expect(Number(updated.body.metadata.resourceVersion)).toBeGreaterThan(Number(read.body.metadata.resourceVersion));
    expect((await api.put(`${maps}/one`, { ...read.body, data: { a: '3' } })).body).toMatchObject({
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again',
    });
    expect((await api.delete(`${maps}/one`)).body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'one' },
    });
    expect((await api.get(`${maps}/one`)).body).toMatchObject({
      reason: 'NotFound',
      message: 'configmaps "one" not found',
    });
  });

  it('does not write an update that changes nothing', async () => {
    const { body } = await api.post(maps, configMap('same'));
    const again = await api.put(`${maps}/same`, { ...body, metadata: { name: 'same' } });
    expect(again.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  it('updates without a resourceVersion where the kind allows it', async () => {
    await api.post(maps, configMap('free'));
    expect((await api.put(`${maps}/free`, configMap('free', { b: '1' }))).body['data']).toEqual({ b: '1' });
  });

  it('makes names from generateName', async () => {
    const { body } = await api.post(maps, { ...configMap(''), metadata: { generateName: 'made-' } });
    expect(body.metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
  });

  it('changes nothing on a dry run', async () => {
    expect((await api.post(`${maps}?dryRun=All`, configMap('dry'))).code).toBe(201);
    expect((await api.get(`${maps}/dry`)).code).toBe(404);
    await api.post(maps, configMap('wet'));
    expect((await api.send('DELETE', `${maps}/wet?dryRun=All`)).code).toBe(200);
    expect((await api.get(`${maps}/wet`)).code).toBe(200);
  });

  it.each([
    ['json', [{ op: 'replace', path: '/spec/replicas', value: 4 }], 4],
    ['merge', { spec: { replicas: 5 } }, 5],
    ['strategic', { spec: { replicas: 6 } }, 6],
  ] as const)('takes a %s patch and bumps the generation', async (type, patch, replicas) => {
    const name = `patched-${type}`;
    await api.post(deployments, deployment(name));
    const { code, body } = await api.patch(`${deployments}/${name}`, type, patch);
    expect(code).toBe(200);
    expect(body['spec'].replicas).toBe(replicas);
    expect(body.metadata.generation).toBe(2);
  });

  it('merges containers by name in a strategic patch', async () => {
    await api.post(deployments, deployment('containers'));
    const patch = {
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'c', image: 'busybox:2' },
              { name: 'd', image: 'x' },
            ],
          },
        },
      },
    };
    const { body } = await api.patch(`${deployments}/containers`, 'strategic', patch);
    const containers = body['spec'].template.spec.containers as { name: string; image: string }[];
    expect(Object.fromEntries(containers.map(({ name, image }) => [name, image]))).toEqual({ c: 'busybox:2', d: 'x' });
  });

  it('applies on the server: creates, owns, refuses a conflict, takes by force', async () => {
    const applied = { ...configMap('applied'), data: { a: '1' } };
    const path = `${maps}/applied`;
    expect((await api.patch(path, 'apply', applied)).body).toMatchObject({
      reason: 'Invalid',
      message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    });
    expect((await api.patch(`${path}?fieldManager=one`, 'apply', applied)).code).toBe(201);
    const unchanged = await api.patch(`${path}?fieldManager=one`, 'apply', applied);
    expect(unchanged.code).toBe(200);
    const other = { ...configMap('applied'), data: { a: '2' } };
    const refused = await api.patch(`${path}?fieldManager=two`, 'apply', other);
    expect(refused.body).toMatchObject({ reason: 'Conflict', code: 409 });
    expect(refused.body['message']).toContain('conflict with "one"');
    const forced = await api.patch(`${path}?fieldManager=two&force=true`, 'apply', other);
    expect(forced.body['data']).toEqual({ a: '2' });
    expect(forced.body.metadata.managedFields?.map(({ manager }: { manager?: string }) => manager)).toEqual(['two']);
  });

  it('pages through a list at one revision', async () => {
    await api.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'paged' } });
    const paged = '/api/v1/namespaces/paged/configmaps';
    for (const name of ['a', 'b', 'c', 'd', 'e']) await api.post(paged, configMap(name));
    const first = await api.get(`${paged}?limit=2`);
    expect(first.body.metadata).toMatchObject({ remainingItemCount: 3 });
    await api.delete(`${paged}/d`);
    const names: string[] = [];
    let page = first;
    for (;;) {
      names.push(...page.body['items'].map((item: any) => item.metadata.name));
      expect(page.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
      const token = (page.body.metadata as { continue?: string }).continue;
      if (!token) break;
      page = await api.get(`${paged}?limit=2&continue=${token}`);
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('selects by labels and fields', async () => {
    await api.post(maps, { ...configMap('labelled'), metadata: { name: 'labelled', labels: { tier: 'web' } } });
    const names = async (query: string): Promise<string[]> =>
      ((await api.get(`${maps}?${query}`)).body['items'] as any[]).map((item) => item.metadata.name);
    expect(await names('labelSelector=tier%3Dweb')).toEqual(['labelled']);
    expect(await names('labelSelector=tier%20in%20(web),!none')).toEqual(['labelled']);
    expect(await names('fieldSelector=metadata.name%3Dlabelled')).toEqual(['labelled']);
    expect((await api.get(`${maps}?fieldSelector=data.a%3D1`)).body).toMatchObject({ reason: 'BadRequest', code: 400 });
  });

  it('answers with tables and partial metadata', async () => {
    await api.post(maps, configMap('shown'));
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const { body } = await api.get(`${maps}?fieldSelector=metadata.name%3Dshown`, { accept });
    expect(body.kind).toBe('Table');
    expect(body['columnDefinitions'].map((column: { name: string }) => column.name)).toEqual(['Name', 'Data', 'Age']);
    expect(body['rows'][0].cells.slice(0, 2)).toEqual(['shown', 1]);
    const partial = await api.get(`${maps}/shown`, {
      accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    });
    expect(Object.keys(partial.body).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    expect((await api.get(maps, { accept: 'text/html' })).code).toBe(406);
  });

  it('refuses what it cannot answer in, before it writes anything', async () => {
    const accept = 'application/vnd.kubernetes.protobuf';
    await api.post(maps, configMap('kept'));
    await api.post(deployments, deployment('kept'));
    const attempts: [string, string, unknown][] = [
      ['GET', maps, undefined],
      ['GET', `${maps}?watch=1`, undefined],
      ['GET', `${maps}/kept`, undefined],
      ['POST', maps, configMap('never')],
      ['PUT', `${maps}/kept`, configMap('kept', { a: '2' })],
      ['PATCH', `${maps}/kept`, { data: { a: '2' } }],
      ['DELETE', `${maps}/kept`, undefined],
      ['DELETE', maps, undefined],
      ['PUT', `${deployments}/kept/scale`, { spec: { replicas: 5 } }],
    ];
    for (const [method, path, body] of attempts) {
      const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const answer = await api.send(method, path, body, { accept, 'content-type': contentType });
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.body).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'only the following media types are accepted: application/json, application/yaml',
        reason: 'NotAcceptable',
        code: 406,
      });
    }
    expect((await api.get(`${maps}/kept`)).body['data']).toEqual({ a: '1' });
    expect((await api.get(`${maps}/never`)).code).toBe(404);
    expect((await api.get(`${deployments}/kept`)).body['spec'].replicas).toBe(1);
  });

  it('keeps a deleted object until its finalizers are gone', async () => {
    await api.post(maps, { ...configMap('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } });
    const { body } = await api.delete(`${maps}/held`);
    expect(body.metadata.deletionTimestamp).toBeDefined();
    expect((await api.get(`${maps}/held`)).code).toBe(200);
    await api.patch(`${maps}/held`, 'merge', { metadata: { finalizers: null } });
    expect((await api.get(`${maps}/held`)).code).toBe(404);
  });

  it('gives finalizers by propagation policy', async () => {
    for (const [policy, finalizer] of [
      ['Foreground', 'foregroundDeletion'],
      ['Orphan', 'orphan'],
    ] as const) {
      await api.post(maps, configMap(policy.toLowerCase()));
      const { body } = await api.delete(`${maps}/${policy.toLowerCase()}`, { propagationPolicy: policy });
      expect(body.metadata.finalizers).toEqual([finalizer]);
    }
  });

  it('checks the preconditions of a delete', async () => {
    await api.post(maps, configMap('guarded'));
    expect((await api.delete(`${maps}/guarded`, { preconditions: { uid: 'other' } })).body).toMatchObject({
      reason: 'Conflict',
    });
    expect((await api.get(`${maps}/guarded`)).code).toBe(200);
  });

  it('deletes a bound pod gracefully and an unbound one at once', async () => {
    await api.post(pods, pod('loose'));
    await api.delete(`${pods}/loose`);
    expect((await api.get(`${pods}/loose`)).code).toBe(404);

    await api.post(pods, pod('bound'));
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'bound' },
      target: { kind: 'Node', name: 'n1' },
    };
    await api.patch(`${pods}/bound/status`, 'merge', { status: { nominatedNodeName: 'n1' } });
    expect((await api.post(`${pods}/bound/binding`, binding)).code).toBe(201);
    expect((await api.get(`${pods}/bound`)).body['status']).not.toHaveProperty('nominatedNodeName');
    expect((await api.post(`${pods}/bound/binding`, binding)).body['message']).toBe(
      'Operation cannot be fulfilled on pods "bound": pod bound is already assigned to node "n1"',
    );
    const first = await api.delete(`${pods}/bound`);
    expect(first.body.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
    await api.delete(`${pods}/bound`, { gracePeriodSeconds: 0 });
    expect((await api.get(`${pods}/bound`)).code).toBe(404);
  });

  it('deletes a collection', async () => {
    for (const name of ['x1', 'x2'])
      await api.post(maps, { ...configMap(name), metadata: { name, labels: { x: 'y' } } });
    const { code, body } = await api.delete(`${maps}?labelSelector=x%3Dy`);
    expect([code, body['items'].length]).toEqual([200, 2]);
    expect((await api.get(`${maps}?labelSelector=x%3Dy`)).body['items']).toEqual([]);
  });

  it('keeps status and the rest apart', async () => {
    await api.post(deployments, { ...deployment('parts'), status: { replicas: 9 } });
    expect((await api.get(`${deployments}/parts`)).body['status']?.replicas).toBeUndefined();
    const { body } = await api.patch(`${deployments}/parts/status`, 'merge', {
      spec: { replicas: 7 },
      status: { replicas: 3 },
    });
    expect([body['spec'].replicas, body['status'].replicas, body.metadata.generation]).toEqual([1, 3, 1]);
  });

  it('scales through the scale subresource', async () => {
    await api.post(deployments, deployment('scaled', 2));
    const path = `${deployments}/scaled/scale`;
    const { body } = await api.get(path);
    expect(body).toMatchObject({ kind: 'Scale', spec: { replicas: 2 }, status: { selector: 'app=scaled' } });
    expect((await api.put(path, { ...body, spec: { replicas: 5 } })).body['spec'].replicas).toBe(5);
    expect((await api.get(`${deployments}/scaled`)).body['spec'].replicas).toBe(5);
  });

  it('serves events of both groups from one store', async () => {
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'seen', namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      reason: 'Tested',
      message: 'a test',
      type: 'Normal',
    };
    expect((await api.post('/api/v1/namespaces/default/events', event)).code).toBe(201);
    const { body } = await api.get('/apis/events.k8s.io/v1/namespaces/default/events/seen');
    expect(body).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'a test', regarding: { name: 'p' } });
  });

  it('loses no update of many writers to one object', async () => {
    await api.post(maps, configMap('counter', { n: '0' }));
    const add = async (): Promise<void> => {
      for (;;) {
        const { body } = await api.get(`${maps}/counter`);
        const next = { ...body, data: { n: String(Number(body['data'].n) + 1) } };
        if ((await api.put(`${maps}/counter`, next)).code === 200) return;
      }
    };
    await Promise.all(Array.from({ length: 12 }, add));
    expect((await api.get(`${maps}/counter`)).body['data']).toEqual({ n: '12' });
  });

  it('makes every one of many updates without a version, however many come at once', async () => {
    await api.post(maps, configMap('contended'));
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => api.put(`${maps}/contended`, configMap('contended', { n: String(n) }))),
    );
    expect(answers.map(({ code }) => code)).toEqual(Array(40).fill(200));
    expect(new Set(answers.map(({ body }) => body.metadata.resourceVersion)).size).toBe(40);
  });
});
