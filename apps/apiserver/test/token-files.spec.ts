import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, eventually, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';

const secrets = '/api/v1/namespaces/kube-system/secrets';
const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

describe('tokens that are no JWTs', () => {
  const directory = temporaryDirectory('token-file');
  let server: TestApiServer;
  let admin: ApiClient;

  beforeAll(async () => {
    const file = join(directory.path, 'tokens.csv');
    writeFileSync(file, 's3cret,jane,u1,"system:masters,dev"\nother,joe,\n');
    server = await startApiServer({ args: [`--token-auth-file=${file}`, '--enable-bootstrap-token-auth'] });
    admin = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
    directory.remove();
  });

  const userOf = async (token: string): Promise<unknown> => {
    const client = ApiClient.withToken(server, token);
    const { code, body } = await client.post(whoami, {});
    client.close();
    return code === 201 ? body['status'].userInfo : code;
  };

  it('of the file name its users', async () => {
    expect(await userOf('s3cret')).toEqual({
      username: 'jane',
      uid: 'u1',
      groups: ['system:masters', 'dev', 'system:authenticated'],
    });
    expect(await userOf('other')).toEqual({ username: 'joe', groups: ['system:authenticated'] });
    expect(await userOf('S3cret')).toBe(401);
  });

  it('of bootstrap Secrets name joining nodes, for as long as the Secret allows it', async () => {
    const secret = (more: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: 'bootstrap-token-abcdef' },
      stringData: {
        'token-id': 'abcdef',
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
        'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
        ...more,
      },
    });
    const token = 'abcdef.0123456789abcdef';
    expect(await userOf(token)).toBe(401);
    await admin.post(secrets, secret({}));
    await eventually(async () =>
      expect(await userOf(token)).toEqual({
        username: 'system:bootstrap:abcdef',
        groups: ['system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token', 'system:authenticated'],
      }),
    );
    expect(await userOf('abcdef.0123456789abcdee')).toBe(401);
    await admin.put(`${secrets}/bootstrap-token-abcdef`, secret({ expiration: new Date().toISOString() }));
    await eventually(async () => expect(await userOf(token)).toBe(401));
  });

  it('are reviewed, for the audiences of this API', async () => {
    const review = async (spec: object) =>
      (await admin.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec })).body['status'] as object;
    const own = 'https://kubernetes.default.svc.cluster.local';
    expect(await review({ token: 's3cret' })).toMatchObject({
      authenticated: true,
      audiences: [own],
      user: { username: 'jane' },
    });
    expect(await review({ token: 's3cret', audiences: ['vault', own] })).toMatchObject({ audiences: [own] });
    expect(await review({ token: 's3cret', audiences: ['vault'] })).toEqual({
      authenticated: false,
      user: {},
      error: 'invalid bearer token',
    });
  });
});
