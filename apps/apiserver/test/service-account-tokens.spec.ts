import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSigningKey, ServiceAccountTokenIssuer } from '@nestor/auth';
import { ApiClient, eventually, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';
import { pod, serviceAccount } from './objects';

const issuer = 'https://kubernetes.default.svc.cluster.local';
const formerIssuer = 'https://former.test';
const namespace = '/api/v1/namespaces/default';
const accounts = `${namespace}/serviceaccounts`;
const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const reviews = '/apis/authentication.k8s.io/v1/tokenreviews';
const extra = 'authentication.kubernetes.io/';
const twoHours = 7200;

type Claims = Record<string, any>;
const partOf = (token: string, at: number): Claims =>
  JSON.parse(Buffer.from(token.split('.')[at]!, 'base64url').toString()) as Claims;

describe('tokens of service accounts', () => {
  const directory = temporaryDirectory('service-account-tokens');
  const former = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const auditLog = join(directory.path, 'audit.log');
  let server: TestApiServer;
  let admin: ApiClient;
  let uid: string;

  beforeAll(async () => {
    const formerKey = join(directory.path, 'former.pub');
    const policy = join(directory.path, 'policy.yaml');
    writeFileSync(formerKey, former.publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n');
    server = await startApiServer({
      args: [
        `--service-account-key-file=${formerKey}`,
        `--service-account-issuer=${formerIssuer}`,
        '--service-account-max-token-expiration=2h',
        '--service-account-jwks-uri=https://keys.test/jwks',
        `--audit-policy-file=${policy}`,
        `--audit-log-path=${auditLog}`,
      ],
    });
    admin = await ApiClient.of(server);
    uid = (await admin.post(accounts, serviceAccount('bot'))).body.metadata.uid!;
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
    directory.remove();
  });

  const request = (spec: object = {}) => admin.post(`${accounts}/bot/token`, { spec });
  const tokenOf = async (spec: object = {}): Promise<string> => (await request(spec)).body['status'].token as string;
  const userOf = async (token: string): Promise<any> => {
    const client = ApiClient.withToken(server, token);
    const { code, body } = await client.post(whoami, {});
    client.close();
    return code === 201 ? body['status'].userInfo : code;
  };
  const review = async (spec: object): Promise<any> => (await admin.post(reviews, { spec })).body['status'];

  it('are answered as upstream answers them', async () => {
    const { code, body } = await request({ audiences: ['vault'], expirationSeconds: 600 });
    expect(code).toBe(201);
    expect(body).toMatchObject({
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: 'bot', namespace: 'default', uid, creationTimestamp: expect.any(String) },
      spec: { audiences: ['vault'], expirationSeconds: 600, boundObjectRef: null },
    });
    expect(body.metadata.managedFields).toMatchObject([{ subresource: 'token', operation: 'Update' }]);
    const claims = partOf(body['status'].token as string, 1);
    expect(claims).toMatchObject({
      aud: ['vault'],
      iss: issuer,
      sub: 'system:serviceaccount:default:bot',
      'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'bot', uid } },
    });
    expect(claims['exp'] - claims['iat']).toBe(600);
    expect(Date.parse(body['status'].expirationTimestamp as string)).toBe(claims['exp'] * 1000);
  });

  it('of keys and issuers before are good', async () => {
    const key = loadSigningKey(former.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const subject = { namespace: 'default', name: 'bot', uid, expirationSeconds: 600 };
    const { token } = new ServiceAccountTokenIssuer(formerIssuer, key).issue({ ...subject, audiences: [formerIssuer] });
    expect(await userOf(token)).toMatchObject({ username: 'system:serviceaccount:default:bot', uid });
    const { token: foreign } = new ServiceAccountTokenIssuer('https://x.test', key).issue({
      ...subject,
      audiences: [issuer],
    });
    expect(await userOf(foreign)).toBe(401);
  });

  it('can be verified by who knows the published keys', async () => {
    const configuration = await admin.get('/.well-known/openid-configuration');
    expect(configuration.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=3600',
    });
    expect(configuration.body).toEqual({
      issuer,
      jwks_uri: 'https://keys.test/jwks',
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256', 'RS256'],
    });
    const published = await admin.get('/openid/v1/jwks');
    expect(published.headers['content-type']).toBe('application/jwk-set+json');
    const keys = published.body['keys'] as Claims[];
    expect(keys.map(({ alg }) => alg as string)).toEqual(['ES256', 'RS256']);
    const token = await tokenOf();
    const jwk = keys.find(({ kid }) => kid === partOf(token, 0)['kid'])!;
    const [header, claims, signature] = token.split('.');
    const isGood = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature!, 'base64url'),
    );
    expect(isGood).toBe(true);
  });

  it('bound to a pod name it and its node, and live a year where admission asked for them', async () => {
    await admin.post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
    const node = (await admin.get('/api/v1/nodes/n1')).body.metadata;
    const made = await admin.post(`${namespace}/pods`, pod('p', { serviceAccountName: 'bot', nodeName: 'n1' }));
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: made.body.metadata.uid };
    const { body } = await request({ boundObjectRef, expirationSeconds: 3607 });
    const token = body['status'].token as string;
    const claims = partOf(token, 1);
    expect(claims['exp'] - claims['iat']).toBe(365 * 24 * 3600);
    expect(claims['kubernetes.io']).toMatchObject({
      pod: { name: 'p', uid: made.body.metadata.uid },
      node: { name: 'n1', uid: node.uid },
      warnafter: claims['iat'] + 3607,
    });
    expect(Date.parse(body['status'].expirationTimestamp as string)).toBe((claims['iat'] + 3607) * 1000);
    expect((await userOf(token)).extra).toEqual({
      [`${extra}credential-id`]: [`JTI=${claims['jti']}`],
      [`${extra}node-name`]: ['n1'],
      [`${extra}node-uid`]: [node.uid],
      [`${extra}pod-name`]: ['p'],
      [`${extra}pod-uid`]: [made.body.metadata.uid],
    });
    expect((await admin.get('/metrics')).text).toMatch(/serviceaccount_valid_tokens_total [1-9]/);
    const forVault = partOf(await tokenOf({ boundObjectRef, expirationSeconds: 3607, audiences: ['vault'] }), 1);
    expect(forVault['exp'] - forVault['iat']).toBe(3607);
    await admin.delete(`${namespace}/pods/p?gracePeriodSeconds=0`);
    await eventually(async () => expect(await userOf(token)).toBe(401));
    expect(await review({ token })).toEqual({
      authenticated: false,
      user: {},
      error: '[invalid bearer token, service account token has been invalidated]',
    });
  });

  it.each<[string, string, () => object]>([
    ['Secret', `${namespace}/secrets`, () => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b' } })],
    ['Node', '/api/v1/nodes', () => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'b' } })],
  ])('bound to a %s end with it, also where another takes its name', async (kind, path, make) => {
    await admin.post(path, make());
    const token = await tokenOf({ boundObjectRef: { kind, apiVersion: 'v1', name: 'b' } });
    expect(await userOf(token)).toMatchObject({ username: 'system:serviceaccount:default:bot' });
    await admin.delete(`${path}/b`);
    await eventually(async () => expect(await userOf(token)).toBe(401));
    await admin.post(path, make());
    await eventually(async () =>
      expect((await review({ token }))['error']).toMatch(
        new RegExp(`${kind.toLowerCase()} UID \\(.*\\) does not match service account ${kind.toLowerCase()} ref claim`),
      ),
    );
    await admin.delete(`${path}/b`);
  });

  it('are shortened to the longest life that is allowed', async () => {
    const answer = await request({ expirationSeconds: 10 * twoHours });
    expect(answer.body['spec'].expirationSeconds).toBe(twoHours);
    expect(answer.headers['warning']).toBe('299 - "requested expiration of 72000 seconds shortened to 7200 seconds"');
  });

  it.each<[string, object, number, RegExp]>([
    [
      'for too short a time',
      { spec: { expirationSeconds: 599 } },
      422,
      /^TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes$/,
    ],
    [
      'for too long a time',
      { spec: { expirationSeconds: 2 ** 32 + 1 } },
      422,
      /spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2\^32 seconds$/,
    ],
    [
      'for a time in words',
      { spec: { expirationSeconds: '10m' } },
      400,
      /^TokenRequest in version "v1" cannot be handled as a TokenRequest: json: cannot unmarshal string into Go struct field TokenRequestSpec.spec.expirationSeconds of type int64$/,
    ],
    [
      'of another namespace',
      { metadata: { namespace: 'x' } },
      400,
      /^the namespace of the provided object does not match the namespace sent on the request$/,
    ],
    [
      'for another kind',
      { spec: { boundObjectRef: { kind: 'Deployment', apiVersion: 'apps/v1', name: 'x' } } },
      400,
      /^cannot bind token to object of type apps\/v1, Kind=Deployment$/,
    ],
    ['for no kind', { spec: { boundObjectRef: {} } }, 400, /^cannot bind token to object of type \/, Kind=$/],
    [
      'for a node that is not there',
      { spec: { boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'x' } } },
      404,
      /^nodes "x" not found$/,
    ],
  ])('are refused %s', async (_, body, code, message) => {
    const answer = await admin.post(`${accounts}/bot/token`, body);
    expect(answer.body).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('are refused for a Secret of another uid', async () => {
    await admin.post(`${namespace}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'c' } });
    const { body } = await request({ boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'c', uid: 'x' } });
    expect(body).toMatchObject({
      code: 409,
      message: expect.stringContaining('the UID in the bound object reference (x) does not match the UID in record'),
    });
  });

  it('are reviewed for the audiences they are meant for', async () => {
    const token = await tokenOf({ audiences: ['vault', 'other'] });
    expect(await userOf(token)).toBe(401);
    expect(await review({ token, audiences: ['vault', 'x'] })).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
      user: { username: 'system:serviceaccount:default:bot', uid },
    });
    expect((await review({ token }))['error']).toBe(
      `[invalid bearer token, token audiences ["vault" "other"] is invalid for the target audiences ["${issuer}" "${formerIssuer}"]]`,
    );
    expect((await admin.post(reviews, { spec: {} })).body).toMatchObject({
      code: 400,
      message: 'token is required for TokenReview in authentication',
    });
  });

  it('are traced from where they were made to where they are used', async () => {
    const token = await tokenOf();
    const credential = `JTI=${partOf(token, 1)['jti']}`;
    await userOf(token);
    await eventually(() => {
      const events = readFileSync(auditLog, 'utf8')
        .split('\n')
        .filter((line) => line.includes(credential))
        .map((line) => JSON.parse(line) as Claims);
      const [made] = events.filter(({ objectRef }) => objectRef.subresource === 'token');
      expect(made!['annotations'][`${extra}issued-credential-id`]).toBe(credential);
      expect(events.some(({ user }) => user.extra?.[`${extra}credential-id`]?.[0] === credential)).toBe(true);
    });
  });
});

it.each<[string[], RegExp]>([
  [['--service-account-issuer=https://kubernetes.default.svc.cluster.local'], /already specified/],
  [['--service-account-issuer=https://['], /contained a ':' but was not a valid URL/],
  [['--service-account-max-token-expiration=10m'], /must be between 1 hour and 2\^32 seconds/],
  [['--service-account-jwks-uri=http://x'], /requires https scheme/],
  [['--service-account-key-file=/dev/null'], /does not contain any valid RSA or ECDSA public keys/],
])(
  'does not start with %j',
  async (args, message) => {
    await expect(startApiServer({ args })).rejects.toThrow(message);
  },
  60_000,
);
