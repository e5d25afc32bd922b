import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClusterPki } from '@nestor/pki';
import { ApiClient, eventually, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';
import { stringify } from 'yaml';
import { startOpenIdProvider, type OpenIdProvider } from './openid-provider';

const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const maps = '/api/v1/namespaces/default/configmaps';
const people = {
  jane: { email: 'jane@acme.com', email_verified: true, groups: ['dev', 'ops'], tenant: 'acme', level: 3 },
  joe: { email: 'joe@acme.com', email_verified: false, groups: ['dev'], tenant: 'acme', level: 1 },
  eve: { email: 'eve@evil.com', email_verified: true, groups: ['system:masters'], tenant: 'evil', level: 9 },
};

describe('tokens of OpenID Connect issuers', () => {
  const directory = temporaryDirectory('openid');
  const file = join(directory.path, 'authentication.yaml');
  let provider: OpenIdProvider;
  let other: OpenIdProvider;
  let stranger: OpenIdProvider;
  let server: TestApiServer;
  let admin: ApiClient;

  const byClaims = (): Record<string, unknown> => ({
    issuer: {
      url: provider.issuer,
      certificateAuthority: provider.ca,
      audiences: ['kubectl', 'brief'],
      audienceMatchPolicy: 'MatchAny',
    },
    claimValidationRules: [{ claim: 'tenant', requiredValue: 'acme' }],
    claimMappings: {
      username: { claim: 'sub', prefix: 'acme:' },
      groups: { claim: 'groups', prefix: 'acme:' },
      uid: { claim: 'sub' },
    },
  });
  const byExpressions = (): Record<string, unknown> => ({
    issuer: { url: other.issuer, certificateAuthority: other.ca, audiences: ['kubectl'] },
    claimValidationRules: [{ expression: 'claims.level >= 2', message: 'come back later' }],
    claimMappings: {
      username: { expression: 'claims.email_verified ? claims.email : ""' },
      groups: { expression: 'claims.groups.map(one, one.startsWith("system:") ? one : "other:" + one)' },
      uid: { expression: '"u-" + claims.sub' },
      extra: [
        { key: 'acme.com/tenant', valueExpression: 'claims.tenant' },
        { key: 'acme.com/none', valueExpression: '""' },
      ],
    },
    userValidationRules: [
      { expression: '!user.groups.exists(one, one.startsWith("system:"))', message: 'no groups of the system' },
    ],
  });
  const write = (jwt: unknown[], more: object = {}): void =>
    writeFileSync(
      file,
      stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', jwt, ...more }),
    );
  const send = async <T>(token: string, work: (client: ApiClient) => Promise<T>): Promise<T> => {
    const client = ApiClient.withToken(server, token);
    try {
      return await work(client);
    } finally {
      client.close();
    }
  };
  const userOf = (token: string): Promise<unknown> =>
    send(token, async (client) => {
      const { code, body } = await client.post(whoami, {});
      return code === 201 ? (body['status'].userInfo as unknown) : code;
    });
  /** What the log says of a token that is refused. */
  const refusal = async (token: string): Promise<string> => {
    const before = server.output().length;
    expect(await userOf(token)).toBe(401);
    return await eventually(() => {
      const line = server
        .output()
        .slice(before)
        .split('\n')
        .find((one) => one.includes('unable to authenticate'));
      if (!line) throw new Error('nothing is said of it');
      return (JSON.parse(line) as { reason: string }).reason;
    });
  };
  const reloads = async (status: string): Promise<number> => {
    const { text } = await admin.get('/metrics');
    const name = `apiserver_authentication_config_controller_automatic_reloads_total{status="${status}"}`;
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(name))
        ?.split(' ')
        .at(-1) ?? 0,
    );
  };

  beforeAll(async () => {
    const pki = await createClusterPki({ directory: join(directory.path, 'pki') });
    [provider, other, stranger] = await Promise.all([
      startOpenIdProvider(pki, people, { clients: ['kubectl', 'brief', 'shop'] }),
      startOpenIdProvider(pki, people, { algorithm: 'ES256' }),
      startOpenIdProvider(pki, people),
    ]);
    write([byClaims(), byExpressions()]);
    server = await startApiServer({ pki, args: [`--authentication-config=${file}`] });
    admin = await ApiClient.of(server);
    const found = await provider.login('jane');
    await eventually(async () => expect(await userOf(found)).not.toBe(401));
    const elsewhere = await other.login('jane');
    await eventually(async () => expect(await userOf(elsewhere)).not.toBe(401));
  }, 180_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
    for (const one of [provider, other, stranger]) await one?.stop();
    directory.remove();
  });

  it('make users of claims', async () => {
    expect(await userOf(await provider.login('jane'))).toEqual({
      username: 'acme:jane',
      uid: 'jane',
      groups: ['acme:dev', 'acme:ops', 'system:authenticated'],
    });
  });

  it('make users of expressions over claims', async () => {
    expect(await userOf(await other.login('jane'))).toEqual({
      username: 'jane@acme.com',
      uid: 'u-jane',
      groups: ['other:dev', 'other:ops', 'system:authenticated'],
      extra: { 'acme.com/tenant': ['acme'] },
    });
  });

  it('let users and groups do what RBAC allows them', async () => {
    const token = await provider.login('jane');
    const get = (): Promise<number> => send(token, async (client) => (await client.get(maps)).code);
    const create = (): Promise<number> =>
      send(token, async (client) => {
        const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'of-jane' } };
        return (await client.post(`${maps}?dryRun=All`, map)).code;
      });
    expect([await get(), await create()]).toEqual([403, 403]);
    const allow = async (name: string, verb: string, subject: object): Promise<void> => {
      const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: [verb] }];
      await admin.post(`${rbac}/clusterroles`, { metadata: { name }, rules });
      await admin.post(`${rbac}/clusterrolebindings`, {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', ...subject }],
      });
    };
    await allow('devs-list', 'list', { kind: 'Group', name: 'acme:dev' });
    await eventually(async () => expect([await get(), await create()]).toEqual([200, 403]));
    await allow('jane-creates', 'create', { kind: 'User', name: 'acme:jane' });
    await eventually(async () => expect(await create()).toBe(201));
  });

  it('are reviewed', async () => {
    const { body } = await admin.post('/apis/authentication.k8s.io/v1/tokenreviews', {
      spec: { token: await provider.login('jane') },
    });
    expect(body['status']).toMatchObject({ authenticated: true, user: { username: 'acme:jane' } });
  });

  it('are refused where claims are not as they must be', async () => {
    expect(await refusal(await provider.login('eve'))).toBe(
      'oidc: required claim tenant value does not match. Got = evil, want = acme',
    );
    expect(await refusal(await other.login('joe'))).toBe('oidc: empty username via CEL expression is not allowed');
    expect(await refusal(await other.login('eve'))).toBe(
      `oidc: error evaluating user info validation rule: validation expression '!user.groups.exists(one, one.startsWith("system:"))' failed: no groups of the system`,
    );
  });

  it('are refused for other clients, of other issuers, and when their time is over', async () => {
    expect(await refusal(await provider.login('jane', 'shop'))).toBe(
      'oidc: verify token: oidc: expected audience in ["kubectl" "brief"] got ["shop"]',
    );
    expect(await refusal(await stranger.login('jane'))).toBe('invalid bearer token');
    const brief = await provider.login('jane', 'brief');
    const { exp } = JSON.parse(Buffer.from(brief.split('.')[1]!, 'base64url').toString()) as { exp: number };
    await eventually(() => expect(Date.now()).toBeGreaterThan(exp * 1000));
    expect(await refusal(brief)).toMatch(/^oidc: verify token: oidc: token is expired \(Token Expiry: /);
  });

  it('are refused where they are not as the issuer signed them', async () => {
    const [header = '', claims = '', signature = ''] = (await provider.login('jane')).split('.');
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const read = (part: string): object => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
    const bad = 'oidc: verify token: failed to verify signature: failed to verify id token signature';
    const forged = encode({ ...read(claims), sub: 'root' });
    expect(await refusal(`${header}.${forged}.${signature}`)).toBe(bad);
    expect(await refusal(`${encode({ ...read(header), kid: 'unknown' })}.${claims}.${signature}`)).toBe(bad);
    expect(await refusal(`${encode({ alg: 'none' })}.${claims}.`)).toBe('invalid bearer token');
    expect(await refusal(`${encode({ alg: 'none' })}.${claims}.${signature}`)).toMatch(
      /unsupported algorithm.* got "none"$/,
    );
    expect(await refusal(`${encode({ ...read(header), alg: 'HS256' })}.${claims}.${signature}`)).toMatch(
      /got "HS256"$/,
    );
    const [, ofStranger = ''] = (await stranger.login('jane')).split('.');
    const imitated = encode({ ...read(ofStranger), iss: provider.issuer });
    expect(await refusal(`${header}.${imitated}.${signature}`)).toBe(bad);
  });

  it('are good with keys that the issuer has since yesterday or this moment', async () => {
    const before = await provider.login('jane');
    await provider.rotate();
    expect(await userOf(await provider.login('jane'))).toMatchObject({ username: 'acme:jane' });
    await eventually(async () => expect(await userOf(before)).toBe(401), { timeoutMs: 60_000 });
    const { text } = await admin.get('/metrics');
    expect(text).toMatch(
      /jwt_authenticator_jwks_fetch_last_timestamp_seconds\{result="success",jwt_issuer_hash="sha256:/,
    );
    expect(text).toMatch(/jwt_authenticator_latency_seconds_count\{result="failure",jwt_issuer_hash="sha256:/);
  });

  it('are judged by a new file as soon as its issuers are found, and never by a bad one', async () => {
    const [token, failures, successes] = [
      await provider.login('jane'),
      await reloads('failure'),
      await reloads('success'),
    ];
    const strange = await stranger.login('jane');
    write([{ ...byClaims(), claimMappings: { username: { claim: 'sub' } } }]);
    await eventually(async () => expect(await reloads('failure')).toBe(failures + 1));
    const why = 'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim';
    await eventually(() => expect(server.output()).toContain(why));
    write([byClaims()], { anonymous: { enabled: false } });
    await eventually(async () => expect(await reloads('failure')).toBe(failures + 2));
    const changed = 'anonymous: Forbidden: changed from initial configuration file';
    await eventually(() => expect(server.output()).toContain(changed));
    expect(await userOf(token)).toMatchObject({ username: 'acme:jane' });
    const issuer = { url: stranger.issuer, certificateAuthority: stranger.ca, audiences: ['kubectl'] };
    write([{ issuer, claimMappings: { username: { claim: 'email', prefix: '' } } }]);
    await eventually(async () => expect(await reloads('success')).toBe(successes + 1));
    expect(await userOf(strange)).toMatchObject({ username: 'jane@acme.com', groups: ['system:authenticated'] });
    expect(await refusal(await stranger.login('joe'))).toBe('oidc: email not verified');
    expect(await refusal(token)).toBe('invalid bearer token');
  });
});

describe('the flags --oidc-*', () => {
  const directory = temporaryDirectory('openid-flags');
  afterAll(() => directory.remove());

  it('name one issuer', async () => {
    const pki = await createClusterPki({ directory: join(directory.path, 'pki') });
    const provider = await startOpenIdProvider(pki, people, { algorithm: 'ES256' });
    const server = await startApiServer({
      pki,
      args: [
        `--oidc-issuer-url=${provider.issuer}`,
        '--oidc-client-id=kubectl',
        `--oidc-ca-file=${pki.caFile}`,
        '--oidc-groups-claim=groups',
        '--oidc-groups-prefix=oidc:',
        '--oidc-required-claim=tenant=acme',
        '--oidc-signing-algs=ES256,RS256',
      ],
    });
    const client = ApiClient.withToken(server, await provider.login('jane'));
    await eventually(async () => {
      const { body } = await client.post(whoami, {});
      expect(body['status']?.userInfo).toEqual({
        username: `${provider.issuer}#jane`,
        groups: ['oidc:dev', 'oidc:ops', 'system:authenticated'],
      });
    });
    client.close();
    await server.stop();
    await provider.stop();
  }, 180_000);
});
