import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createClusterPki } from '@nestor/pki';
import {
  ApiClient,
  type Answer,
  repositoryRoot,
  startApiServer,
  temporaryDirectory,
  type TestApiServer,
} from '@nestor/testing';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const configurations = '/apis/admissionregistration.k8s.io/v1';
const pods = '/api/v1/namespaces/default/pods';
const maps = '/api/v1/namespaces/default/configmaps';
type Review = { request: Record<string, any> };
type Respond = (review: Review, response: ServerResponse) => Record<string, unknown> | undefined;

const patch = (...operations: object[]): Record<string, unknown> => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

(isBuilt ? describe : describe.skip)('admission webhooks', () => {
  let server: TestApiServer;
  let client: ApiClient;
  let hook: Server;
  let url: string;
  let caBundle: string;
  /** What the webhook server does, by path. */
  const behaviours = new Map<string, Respond>();
  const asked: Review['request'][] = [];

  beforeAll(async () => {
    server = await startApiServer({ args: ['--allow-loopback-webhooks'] });
    client = await ApiClient.of(server);
    await client.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    const { certificateFile, keyFile } = await server.pki.server('webhook', ['127.0.0.1', 'hook.default.svc']);
    hook = createServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) }, (request, response) => {
      void answer(request, response);
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(hook.address() as AddressInfo).port}`;
    caBundle = readFileSync(server.caFile).toString('base64');
  });
  afterAll(async () => {
    client?.close();
    hook?.closeAllConnections();
    hook?.close();
    await server?.stop();
  });
  afterEach(async () => {
    for (const plural of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
      await client.delete(`${configurations}/${plural}`);
    }
    behaviours.clear();
    asked.length = 0;
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const review = JSON.parse(Buffer.concat(parts).toString('utf8')) as Review & { apiVersion: string };
    asked.push(review.request);
    const path = new URL(request.url ?? '/', url).pathname;
    const given = behaviours.get(path)?.(review, response);
    if (!given) return;
    response.setHeader('content-type', 'application/json');
    const body = { kind: 'AdmissionReview', apiVersion: review.apiVersion };
    response.end(JSON.stringify({ ...body, response: { uid: review.request['uid'], ...given } }));
  }

  const webhook = (path: string, more: object = {}, rule: object = {}): object => ({
    name: `${path}.example.com`,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    clientConfig: { url: `${url}/${path}`, caBundle },
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], ...rule }],
    ...more,
  });
  async function configure(kind: 'Mutating' | 'Validating', ...webhooks: object[]): Promise<void> {
    const made = await client.post(`${configurations}/${kind.toLowerCase()}webhookconfigurations`, {
      metadata: { name: `c${asked.length}-${Math.random().toString(36).slice(2)}` },
      webhooks,
    });
    expect(made).toMatchObject({ code: 201 });
  }
  const make = (name: string, query = ''): Promise<Answer> => client.post(`${maps}${query}`, { metadata: { name } });

  it('inject a sidecar', async () => {
    const sidecar = { name: 'proxy', image: 'proxy:1' };
    behaviours.set('/sidecar', () => patch({ op: 'add', path: '/spec/containers/-', value: sidecar }));
    await configure('Mutating', webhook('sidecar', {}, { operations: ['CREATE'], resources: ['pods'] }));
    const made = await client.post(pods, {
      metadata: { generateName: 'web-', labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'busybox' }] },
    });
    expect(made.code).toBe(201);
    expect(made.body.spec.containers).toMatchObject([
      { name: 'main' },
      { ...sidecar, imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' },
    ]);
    // The token is mounted by a plugin of the server, which looks again after the webhook.
    expect(made.body.spec.containers[1].volumeMounts).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { groups: expect.arrayContaining(['system:masters']) },
      object: { kind: 'Pod', apiVersion: 'v1', metadata: { generateName: 'web-' } },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    });
    expect(asked[0]).not.toHaveProperty('name');
  });

  it('refuse, and warn', async () => {
    behaviours.set('/judge', ({ request }) => ({
      allowed: request['name'] !== 'bad',
      status: { message: 'no bad maps', code: 403 },
      warnings: ['be careful'],
    }));
    await configure('Validating', webhook('judge'));
    const good = await make('good');
    expect([good.code, good.headers['warning']]).toEqual([201, '299 - "be careful"']);
    expect((await make('bad')).body).toMatchObject({
      status: 'Failure',
      message: 'admission webhook "judge.example.com" denied the request: no bad maps',
      code: 403,
    });
    const updated = await client.patch(`${maps}/good`, 'merge', { data: { a: 'b' } });
    expect(updated.code).toBe(200);
    await client.delete(`${maps}/good`);
    expect(
      asked.map(({ operation, object, oldObject }) => [operation, object?.data, oldObject?.metadata.name]),
    ).toEqual([
      ['CREATE', undefined, undefined],
      ['CREATE', undefined, undefined],
      ['UPDATE', { a: 'b' }, 'good'],
      ['DELETE', undefined, 'good'],
    ]);
    expect(asked[3]?.['options']).toMatchObject({ kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' });
  });

  it('see subresources as they are sent, and connections', async () => {
    behaviours.set('/all', () => ({ allowed: false, status: { reason: 'NotToday' } }));
    const rule = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] };
    const spec = {
      replicas: 1,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    };
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    await client.post(deployments, { metadata: { name: 'd' }, spec });
    await client.post(pods, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
    await configure('Validating', webhook('all', {}, rule));
    const scaled = await client.patch(`${deployments}/d/scale`, 'merge', { spec: { replicas: 3 } });
    expect(scaled.body).toMatchObject({
      code: 400,
      message: 'admission webhook "all.example.com" denied the request: NotToday',
    });
    await client.post(`${pods}/p/binding`, { target: { kind: 'Node', name: 'n' } });
    await client.post(`${pods}/p/eviction`, { metadata: { name: 'p' } });
    await client.post(`${pods}/p/exec?command=ls&stdout=true`, undefined);
    await client.post('/api/v1/namespaces/default/serviceaccounts/default/token', { spec: {} });
    await client.patch(`${pods}/p/status`, 'merge', { status: { phase: 'Running' } });
    expect(
      asked.map(({ operation, subResource, kind, resource }) => [
        operation,
        `${resource.resource}/${subResource}`,
        kind.kind,
      ]),
    ).toEqual([
      ['UPDATE', 'deployments/scale', 'Scale'],
      ['CREATE', 'pods/binding', 'Binding'],
      ['CREATE', 'pods/eviction', 'Eviction'],
      ['CONNECT', 'pods/exec', 'PodExecOptions'],
      ['CREATE', 'serviceaccounts/token', 'TokenRequest'],
      ['UPDATE', 'pods/status', 'Pod'],
    ]);
    expect(asked[0]).toMatchObject({ object: { spec: { replicas: 3 } }, oldObject: { spec: { replicas: 1 } } });
    expect(asked[3]).toMatchObject({ object: { command: ['ls'], stdout: true }, options: null });
    expect((await client.get(`${pods}/p`)).body.spec.nodeName).toBeUndefined();
  });

  it('see another version of what is asked where they want it', async () => {
    behaviours.set('/scaler', () => patch({ op: 'add', path: '/spec/maxReplicas', value: 7 }));
    const rule = { apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] };
    await configure('Mutating', webhook('scaler', {}, rule));
    const made = await client.post('/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', {
      metadata: { name: 'h' },
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
        maxReplicas: 3,
        targetCPUUtilizationPercentage: 50,
      },
    });
    expect(made.body.spec).toMatchObject({ maxReplicas: 7, targetCPUUtilizationPercentage: 50 });
    expect(asked[0]).toMatchObject({
      kind: { version: 'v2' },
      requestKind: { version: 'v1' },
      requestResource: { version: 'v1' },
      object: { apiVersion: 'autoscaling/v2', spec: { metrics: [{ type: 'Resource' }] } },
    });
  });

  it('are called again after others changed the object, when they say so', async () => {
    const add = (path: string, key: string): void => {
      behaviours.set(path, ({ request }) =>
        request['object'].data?.[key] === undefined
          ? patch({ op: 'add', path: '/data', value: { ...request['object'].data, [key]: String(asked.length) } })
          : { allowed: true },
      );
    };
    add('/one', 'one');
    add('/two', 'two');
    await configure('Mutating', webhook('one', { reinvocationPolicy: 'IfNeeded' }), webhook('two'));
    expect((await make('again')).body['data']).toEqual({ one: '1', two: '2' });
    expect(asked.map(({ object }) => Object.keys(object.data ?? {}))).toEqual([[], ['one'], ['one', 'two']]);
  });

  it('cannot make of an object what it cannot be', async () => {
    behaviours.set('/broken', () => patch({ op: 'add', path: '/data', value: 'text' }));
    await configure('Mutating', webhook('broken'));
    expect(await make('broken')).toMatchObject({ code: 500, body: { reason: 'InternalError' } });
  });

  it('stop a write when they fail, unless they are told not to', async () => {
    behaviours.set('/slow', () => undefined);
    behaviours.set('/error', (_review, response) => void response.writeHead(500).end('boom'));
    behaviours.set('/wrong', () => ({ uid: 'x', allowed: true }));
    await configure('Validating', webhook('slow', { timeoutSeconds: 1 }));
    expect((await make('slow')).body).toMatchObject({
      code: 500,
      reason: 'InternalError',
      message: `Internal error occurred: failed calling webhook "slow.example.com": failed to call webhook: Post "${url}/slow?timeout=1s": context deadline exceeded`,
    });
    await client.delete(`${configurations}/validatingwebhookconfigurations`);
    await configure('Validating', webhook('error'));
    expect((await make('error')).body['message']).toBe(
      'Internal error occurred: failed calling webhook "error.example.com": failed to call webhook: an error on the server ("boom") has prevented the request from succeeding',
    );
    await client.delete(`${configurations}/validatingwebhookconfigurations`);
    await configure('Validating', webhook('wrong'));
    expect((await make('wrong')).body['message']).toContain(
      'received invalid webhook response: expected response.uid=',
    );
    await client.delete(`${configurations}/validatingwebhookconfigurations`);
    await configure(
      'Validating',
      webhook('error', { failurePolicy: 'Ignore' }),
      webhook('slow', { failurePolicy: 'Ignore', timeoutSeconds: 1 }),
    );
    expect((await make('open')).code).toBe(201);
  });

  it('are not believed with a certificate of another authority', async () => {
    behaviours.set('/tls', () => ({ allowed: true }));
    const directory = temporaryDirectory('other-ca');
    const other = await createClusterPki({ directory: directory.path });
    const foreign = readFileSync(other.caFile).toString('base64');
    await configure('Validating', webhook('tls', { clientConfig: { url: `${url}/tls`, caBundle: foreign } }));
    expect((await make('tls')).body['message']).toContain('x509: certificate signed by unknown authority');
    expect(asked).toEqual([]);
    directory.remove();
  });

  it('may be behind a Service', async () => {
    const missing = { service: { namespace: 'default', name: 'nowhere', path: '/x' }, caBundle };
    await configure('Validating', webhook('service', { clientConfig: missing }));
    expect((await make('service')).body['message']).toBe(
      'Internal error occurred: failed calling webhook "service.example.com": failed to call webhook: Post "https://nowhere.default.svc:443/x?timeout=10s": service "nowhere" not found',
    );
  });

  it('are left out of a dry run they might spoil, and never asked about themselves', async () => {
    behaviours.set('/dry', ({ request }) => ({ allowed: request['dryRun'] === true }));
    await configure('Validating', webhook('dry', {}, { apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }));
    expect((await make('dry', '?dryRun=All')).code).toBe(201);
    expect((await make('dry')).code).toBe(400);
    // Nobody could take it away otherwise.
    expect((await client.delete(`${configurations}/validatingwebhookconfigurations`)).code).toBe(200);
    expect((await make('dry')).code).toBe(201);
  });

  it('are counted', async () => {
    const text = (await client.get('/metrics')).text;
    expect(text).toMatch(
      /apiserver_admission_webhook_request_total\{name="judge.example.com",type="validating",operation="CREATE",code="403",rejected="true"\} 1/,
    );
    expect(text).toContain('apiserver_admission_webhook_fail_open_count{name="error.example.com",type="validating"} 1');
    expect(text).toContain('error_type="calling_webhook_error"');
  });
});

(isBuilt ? describe : describe.skip)('admission webhooks on this machine', () => {
  it('are not called unless a flag allows it', async () => {
    const server = await startApiServer();
    const client = await ApiClient.of(server);
    for (const host of ['127.0.0.1', 'localhost', '169.254.169.254', '[::1]']) {
      const webhooks = [
        {
          name: 'own.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          clientConfig: { url: `https://${host}:1/` },
          rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        },
      ];
      await client.post(`${configurations}/validatingwebhookconfigurations`, { metadata: { name: 'own' }, webhooks });
      const { body } = await client.post(maps, { metadata: { name: 'm' } });
      expect(body['message']).toContain('webhooks on loopback and link-local addresses are not allowed');
      await client.delete(`${configurations}/validatingwebhookconfigurations/own`);
    }
    client.close();
    await server.stop();
  });
});
