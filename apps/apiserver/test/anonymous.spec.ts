import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';

const unauthorized = { code: 401, message: 'Unauthorized', reason: 'Unauthorized', status: 'Failure' };

describe('callers without credentials', () => {
  const directory = temporaryDirectory('anonymous');
  const file = join(directory.path, 'authentication.yaml');
  let server: TestApiServer;
  let admin: ApiClient;
  let nobody: ApiClient;

  beforeAll(async () => {
    writeFileSync(
      file,
      'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\nanonymous:\n  enabled: true\n  conditions: [{path: /livez}, {path: /readyz}]\n',
    );
    server = await startApiServer({ args: [`--authentication-config=${file}`] });
    admin = await ApiClient.of(server);
    nobody = ApiClient.withToken(server);
  }, 120_000);
  afterAll(async () => {
    nobody?.close();
    admin?.close();
    await server?.stop();
    directory.remove();
  });

  it('may be anonymous at the paths that the configuration names, and nowhere else', async () => {
    expect((await nobody.get('/livez?verbose')).code).toBe(200);
    for (const path of ['/livez/ping', '/version', '/api/v1/pods', '/nothing']) {
      expect((await nobody.get(path)).body).toMatchObject(unauthorized);
    }
  });

  it('have shown none where the Authorization header is no bearer', async () => {
    expect((await nobody.get('/livez', { authorization: 'Basic YWRtaW46YWRtaW4=' })).code).toBe(200);
    expect((await nobody.get('/livez', { authorization: 'Bearer' })).code).toBe(200);
  });

  it('are not anonymous with a bad token, and are not told how to do better', async () => {
    const answer = await nobody.get('/livez', { authorization: 'Bearer abc' });
    expect(answer.body).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, ...unauthorized });
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });

  it('are counted', async () => {
    const { text } = await admin.get('/metrics');
    expect(text).toMatch(/authentication_attempts\{result="failure"\} [1-9]/);
    expect(text).toMatch(/authentication_attempts\{result="error"\} [1-9]/);
    expect(text).toMatch(/authenticated_user_requests\{username="other"\} [1-9]/);
    expect(text).toMatch(/apiserver_client_certificate_expiration_seconds_count [1-9]/);
  });

  it('show a certificate or nothing beside a bad token', async () => {
    expect((await admin.get('/api', { authorization: 'Bearer abc' })).code).toBe(200);
  });
});

it('refuses to let both the flag and the file say who may be anonymous', async () => {
  const directory = temporaryDirectory('anonymous-twice');
  const file = join(directory.path, 'authentication.yaml');
  writeFileSync(
    file,
    'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\nanonymous: {enabled: true}\n',
  );
  await expect(startApiServer({ args: [`--authentication-config=${file}`, '--anonymous-auth=false'] })).rejects.toThrow(
    /--anonymous-auth flag cannot be set when anonymous field is configured/,
  );
  directory.remove();
});
