import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, kubectl, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';
import { configMap, serviceAccount } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const web = `${deployments}/web`;

const deployment = (container: Record<string, unknown> = {}): Record<string, unknown> => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'busybox:1', ...container }] },
    },
  },
});

describe('patches whose result is no object of the kind', () => {
  let server: TestApiServer;
  let api: ApiClient;
  const directory = temporaryDirectory('patch');

  beforeAll(async () => {
    server = await startApiServer();
    api = await ApiClient.of(server);
    await api.post('/api/v1/namespaces/default/serviceaccounts', serviceAccount());
    await api.post(deployments, deployment());
    await api.post(maps, configMap('map'));
  }, 120_000);
  afterAll(async () => {
    api?.close();
    await server?.stop();
    directory.remove();
  });

  const apply = (path: string, object: unknown, query = '') =>
    api.patch(`${path}?fieldManager=test${query}`, 'apply', object);
  /** The one cause of the answer, which must be 422 and about the patch, not about a kind. */
  const cause = async (path: string, type: 'json' | 'merge' | 'strategic', patch: unknown): Promise<string> => {
    const { body } = await api.patch(path, type, patch);
    const message = String((body['details']?.causes?.[0] as { message?: string } | undefined)?.message);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: ` "" is invalid: patch: ${message}`,
      reason: 'Invalid',
      details: { causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }] },
      code: 422,
    });
    return message;
  };

  it.each([
    ['', '.spec.template.spec.containers[name="main"].nope: field not declared in schema', { nope: 1 }],
    [
      '&fieldValidation=Strict',
      '.spec.template.spec.containers[name="main"].tty: expected boolean, got string',
      { tty: 'x' },
    ],
  ])('server-side apply%s refuses: %s', async (query, what, container) => {
    const { body } = await apply(web, deployment(container), query);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `failed to create typed patch object (default/web; apps/v1, Kind=Deployment): ${what}`,
      code: 500,
    });
  });

  it('names the core group in server-side apply as Go does, and creates nothing', async () => {
    const object = { ...configMap('new'), metadata: { name: 'new', namespace: 'default' }, nope: 1 };
    const { body } = await apply(`${maps}/new`, object, '&fieldValidation=Strict');
    expect(body['message']).toBe(
      'failed to create typed patch object (default/new; /v1, Kind=ConfigMap): .nope: field not declared in schema',
    );
    expect((await api.get(`${maps}/new`)).code).toBe(404);
  });

  it('shows it through kubectl', async () => {
    const path = join(directory.path, 'x.yaml');
    writeFileSync(path, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nnope: 1\n');
    const args = ['apply', '--server-side', '--validate=ignore', '-f', path];
    const failure: unknown = await kubectl(args, { kubeconfig: server.adminKubeconfig }).catch(
      (error: unknown) => error,
    );
    expect((failure as { stderr?: string }).stderr).toContain(
      'Error from server: failed to create typed patch object (default/x; /v1, Kind=ConfigMap): .nope: field not declared in schema',
    );
  });

  it('tells a value that only its own type can refuse, in server-side apply', async () => {
    const { body } = await apply(web, deployment({ resources: { limits: { cpu: 'much' } } }));
    expect(body).toMatchObject({ code: 500 });
    expect(body['message']).toMatch(
      /^failed to convert new typed object \(default\/web; apps\/v1, Kind=Deployment\) to object: quantities must match/,
    );
  });

  it.each([
    [{ spec: { replicas: 'x' } }, 'Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32'],
    [{ spec: { paused: 1 } }, 'Invalid value: "map[spec:map[paused:1]]": unrecognized type: bool'],
    [
      { metadata: { labels: { a: 1 } } },
      'Invalid value: "map[metadata:map[labels:map[a:1]]]": cannot convert int64 to string',
    ],
    [{ spec: { template: 'x' } }, 'Invalid value: "map[spec:map[template:x]]": cannot restore struct from: string'],
    [
      { spec: { template: { spec: { containers: { b: [true, null], a: 'c' } } } } },
      'Invalid value: "map[spec:map[template:map[spec:map[containers:map[a:c b:[true <nil>]]]]]]": cannot restore slice from map',
    ],
  ])('strategic merge patch %j', async (patch, message) => {
    expect(await cause(web, 'strategic', patch)).toBe(message);
  });

  it('shows the result of a merge patch, and what Go says to it', async () => {
    const message = await cause(web, 'merge', { spec: { replicas: 'x' } });
    expect(message).toMatch(
      /^Invalid value: "\{\\"apiVersion\\":\\"apps\/v1\\",\\"kind\\":\\"Deployment\\",\\"metadata\\":/,
    );
    expect(message).toContain('\\"replicas\\":\\"x\\"');
    expect(message).toMatch(
      /": json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32$/,
    );
  });

  it('does so for a JSON patch, and for a result that is no object at all', async () => {
    const replace = (path: string, value: unknown) => [{ op: 'replace', path, value }];
    expect(await cause(`${maps}/map`, 'json', replace('/data', [1]))).toMatch(
      /": json: cannot unmarshal array into Go struct field ConfigMap\.data of type map\[string\]string$/,
    );
    expect(await cause(`${maps}/map`, 'json', replace('/kind', 'Pod'))).toMatch(/unknown conversion$/);
    expect((await api.get(`${maps}/map`)).body['data']).toEqual({ a: '1' });
  });

  it('refuses unknown and doubled fields when validation is strict, and else warns', async () => {
    const strict = `${maps}/map?fieldValidation=Strict`;
    expect(await cause(strict, 'strategic', { nope: 1 })).toBe(
      'Invalid value: "map[nope:1]": strict decoding error: unknown field "nope"',
    );
    expect(await cause(strict, 'merge', { nope: 1 })).toMatch(
      /\\"nope\\":1.*: strict decoding error: unknown field "nope"$/,
    );
    expect(await cause(strict, 'merge', '{"data":{"a":"1","a":"1"}}')).toMatch(
      /: strict decoding error: duplicate field "data\.a"$/,
    );
    const warned = await api.patch(`${maps}/map`, 'merge', '{"nope":1,"data":{"a":"1","a":"1"}}');
    expect(warned.code).toBe(200);
    expect(warned.headers['warning']).toContain('duplicate field \\"data.a\\"');
    expect(warned.headers['warning']).toContain('unknown field \\"nope\\"');
  });

  it('lets a strategic merge patch say nothing about the kind', async () => {
    const { code, body } = await api.patch(`${maps}/map`, 'strategic', { kind: 'Pod' });
    expect([code, body.kind]).toEqual([200, 'ConfigMap']);
  });

  it.each([
    ['json', '{', 'error decoding patch: unexpected end of JSON input'],
    ['json', '{}', 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
    ['merge', '[]', 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['strategic', '[]', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['strategic', '{"a"}', "invalid character '}' after object key"],
  ] as const)('refuses what is no %s patch: %s', async (type, text, message) => {
    expect((await api.patch(`${maps}/map`, type, text)).body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message,
    });
  });
});
