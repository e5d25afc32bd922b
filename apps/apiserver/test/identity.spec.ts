import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { clusterIdentities, frontProxyName, issueCertificate } from '@nestor/pki';
import { ApiClient, eventually, startApiServer, type TestApiServer } from '@nestor/testing';
import { configMap, pod, serviceAccount } from './objects';

const accounts = '/api/v1/namespaces/default/serviceaccounts';
const pods = '/api/v1/namespaces/default/pods';

describe('who may do what', () => {
  let server: TestApiServer;
  let admin: ApiClient;

  beforeAll(async () => {
    server = await startApiServer();
    admin = await ApiClient.of(server);
    await admin.post(accounts, serviceAccount());
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
  });

  const tokenOf = async (spec: Record<string, unknown> = {}): Promise<string> => {
    const { body } = await admin.post(`${accounts}/default/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec,
    });
    return body['status'].token as string;
  };

  it('shows the anonymous health and version alone', async () => {
    const nobody = ApiClient.withToken(server);
    expect((await nobody.get('/livez')).code).toBe(200);
    expect((await nobody.get('/version')).body['gitVersion']).toMatch(/^v1\.36\.0/);
    expect((await nobody.get('/metrics')).code).toBe(403);
    expect((await nobody.get('/api/v1/pods')).body).toMatchObject({
      code: 403,
      message:
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    });
    nobody.close();
  });

  it('believes front proxies, and them alone, for whom they ask', async () => {
    const read = (name: string): string => readFileSync(join(server.pki.directory, name), 'utf8');
    const authority = { certificatePem: read('front-proxy-ca.crt'), keyPem: read('front-proxy-ca.key') };
    const holderOf = async (commonName: string): Promise<ApiClient> => {
      const request = { commonName, organizations: ['system:masters'], usage: 'client' as const };
      const { certificatePem: cert, keyPem: key } = await issueCertificate(authority, request);
      return new ApiClient(server.url, new Agent({ ca: readFileSync(server.caFile), cert, key, keepAlive: true }));
    };
    const whoami = async (client: ApiClient, headers: Record<string, string> = {}): Promise<unknown> => {
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const { body } = await client.send('POST', path, { spec: {} }, headers);
      return (body['status'] as { userInfo?: unknown }).userInfo ?? body['message'];
    };
    const alice = { 'X-Remote-User': 'alice', 'X-Remote-Group': 'team-a', 'X-Remote-Extra-Acme.com%2Froom': 'r1' };
    const [proxy, other] = await Promise.all([holderOf(frontProxyName), holderOf('somebody')]);
    expect(await whoami(proxy, alice)).toEqual({
      username: 'alice',
      groups: ['team-a', 'system:authenticated'],
      extra: { 'acme.com/room': ['r1'] },
    });
    // As upstream: a certificate that is no client's was shown in vain.
    expect(await whoami(proxy)).toBe('Unauthorized');
    expect(await whoami(other, alice)).toBe('Unauthorized');
    expect(await whoami(admin, alice)).toMatchObject({ username: 'kubernetes-admin' });
    proxy.close();
    other.close();
  });

  it('refuses a bad token with 401', async () => {
    const stranger = ApiClient.withToken(server, 'no.such.token');
    expect((await stranger.get('/api')).body).toMatchObject({ code: 401, reason: 'Unauthorized' });
    stranger.close();
  });

  it('knows a service account by its token and denies it by default', async () => {
    const account = ApiClient.withToken(server, await tokenOf());
    expect((await account.get('/api')).code).toBe(200);
    expect((await account.get(pods)).body['message']).toBe(
      'pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    const review = await account.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', { spec: {} });
    expect(review.body['status'].userInfo).toMatchObject({
      username: 'system:serviceaccount:default:default',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
    account.close();
  });

  it('lets an administrator act as another, and nobody else', async () => {
    const as = (user: string) => ({ 'Impersonate-User': user });
    expect((await admin.get(pods, as('joe'))).body['message']).toBe(
      'pods is forbidden: User "joe" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    expect((await admin.get(pods, { ...as('joe'), 'Impersonate-Group': 'system:masters' })).code).toBe(200);
    const scheduler = await ApiClient.of(server, clusterIdentities.scheduler);
    expect((await scheduler.get(pods, as('joe'))).body['message']).toBe(
      'pods is forbidden: User "system:kube-scheduler" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"',
    );
    scheduler.close();
  });

  it('ends a bound token with its pod', async () => {
    const { body } = await admin.post(pods, pod('bearer'));
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'bearer', uid: body.metadata.uid };
    const account = ApiClient.withToken(server, await tokenOf({ boundObjectRef }));
    expect((await account.get('/api')).code).toBe(200);
    await admin.delete(`${pods}/bearer`);
    await eventually(async () => expect((await account.get('/api')).code).toBe(401));
    account.close();
  });

  it.each<[string, object, object, number, RegExp]>([
    [
      'too short',
      {},
      { expirationSeconds: 599 },
      422,
      /spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes/,
    ],
    [
      'of another account',
      { name: 'x' },
      {},
      422,
      /metadata.name: Invalid value: "x": must match the service account name if specified/,
    ],
    [
      'of another uid',
      { uid: 'x' },
      {},
      409,
      /the UID in the token request \(x\) does not match the UID of the service account/,
    ],
    [
      'for a map',
      {},
      { boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'x' } },
      400,
      /^cannot bind token to object of type \/v1, Kind=ConfigMap$/,
    ],
    [
      'for a pod that is not there',
      {},
      { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'x' } },
      404,
      /pods "x" not found/,
    ],
  ])('refuses a token %s', async (_, metadata, spec, code, message) => {
    const { body } = await admin.post(`${accounts}/default/token`, { kind: 'TokenRequest', metadata, spec });
    expect(body).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('lets the scheduler bind but not read secrets', async () => {
    const scheduler = await ApiClient.of(server, clusterIdentities.scheduler);
    expect((await scheduler.get('/api/v1/pods')).code).toBe(200);
    expect((await scheduler.get('/api/v1/secrets')).code).toBe(403);
    scheduler.close();
  });

  it('refuses what admission refuses', async () => {
    const other = '/api/v1/namespaces/bare';
    await admin.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bare' } });
    expect((await admin.post(`${other}/pods`, pod('p'))).body['message']).toBe(
      'pods "p" is forbidden: error looking up service account bare/default: serviceaccount "default" not found',
    );
    await admin.delete(other);
    expect((await admin.post(`${other}/configmaps`, configMap('late'))).body).toMatchObject({
      code: 403,
      details: { causes: [{ reason: 'NamespaceTerminating' }] },
    });
    expect((await admin.delete('/api/v1/namespaces/default')).code).toBe(403);
  });

  it('gives a pod its token volume, tolerations and priority', async () => {
    const { body } = await admin.post(pods, pod('dressed'));
    expect(body['spec']).toMatchObject({
      serviceAccountName: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
    });
    expect(body['spec'].volumes[0].name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(body['spec'].tolerations).toHaveLength(2);
  });
});
