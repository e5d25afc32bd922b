import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { readAuthenticationConfiguration } from '../configuration/read-configuration';
import type { UserInfo } from '../user';
import { authenticateToken, forApiServer, type AuthenticationResult, type TokenAuthenticator } from './authenticator';
import { bearerToken, protocolToken } from './bearer-token';
import { BootstrapTokenAuthenticator } from './bootstrap-token';
import { JwtAuthenticator, signingAlgorithms } from './oidc/jwt-authenticator';
import { TestIssuer } from '../../test/test-issuer';
import { loadSigningKey, VerificationKeys } from './service-account/keys';
import { LegacyServiceAccountTokenAuthenticator } from './service-account/legacy-token-authenticator';
import { ServiceAccountTokenAuthenticator } from './service-account/token-authenticator';
import { ServiceAccountTokenIssuer } from './service-account/token-issuer';
import { TokenFileAuthenticator } from './token-file';
import { WebhookTokenAuthenticator } from './webhook/webhook-token-authenticator';

const own = 'https://cluster.test';
const issuerUrl = 'https://issuer.test';
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
const runs = { numRuns: 300 };

/** Texts that were nearly the given ones. */
function spoiled(tokens: readonly string[]): fc.Arbitrary<string> {
  const cut = fc.record({
    token: fc.constantFrom(...tokens),
    from: fc.nat(),
    length: fc.nat({ max: 3 }),
    text: fc.string({ maxLength: 3 }),
  });
  const changed = cut.map(({ token, from, length, text }) => {
    const at = from % (token.length + 1);
    return `${token.slice(0, at)}${text}${token.slice(at + length)}`;
  });
  const part = fc.constantFrom(...tokens.flatMap((token) => token.split('.')), '', 'e30');
  const shuffled = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
  const header = fc.record(
    {
      alg: fc.constantFrom('none', 'HS256', 'RS256', 'ES256', 'ES512', '', 7, null),
      kid: fc.anything(),
      crit: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const withHeader = fc.tuple(fc.constantFrom(...tokens), header).map(([token, other]) => {
    const [, claims, signature] = token.split('.');
    return `${encode(other)}.${claims}.${signature}`;
  });
  return fc.oneof(changed, shuffled, withHeader);
}

const invented = fc
  .tuple(
    fc.record(
      { alg: fc.constantFrom(...signingAlgorithms, 'none'), kid: fc.constantFrom('k1', 'k2') },
      { requiredKeys: ['alg'] },
    ),
    fc.record(
      {
        iss: fc.constantFrom(own, issuerUrl, 'kubernetes/serviceaccount', 'accounts.google.com'),
        aud: fc.anything(),
        exp: fc.anything(),
        sub: fc.anything(),
        'kubernetes.io': fc.anything(),
      },
      { requiredKeys: ['iss'] },
    ),
    fc.uint8Array({ maxLength: 80 }),
  )
  .map(
    ([header, claims, signature]) =>
      `${encode(header)}.${encode(claims)}.${Buffer.from(signature).toString('base64url')}`,
  );

describe('tokens of any sort', () => {
  let issuer: TestIssuer;
  let jwt: JwtAuthenticator;
  let all: TokenAuthenticator[];
  const given = new Map<string, UserInfo>();
  const judge = (token: string): Promise<AuthenticationResult> => authenticateToken(all, token, [own]);
  /** What is signed of a token: a signature may be written in another way. */
  const signedPart = (token: string): string => token.split('.').slice(0, 2).join('.');

  /** Nobody is anybody but by a token that was given to him. */
  async function check(token: string): Promise<void> {
    const result = await judge(token);
    if (result.kind !== 'user') {
      expect(['none', 'rejected']).toContain(result.kind);
      return;
    }
    const original = [...given].find(([known]) => known === token || signedPart(known) === signedPart(token));
    expect(original?.[1]).toEqual(result.user);
  }

  beforeAll(async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = loadSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const keys = new VerificationKeys([key]);
    issuer = await TestIssuer.at(issuerUrl);
    const [configuration] = readAuthenticationConfiguration(
      JSON.stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AuthenticationConfiguration',
        jwt: [
          {
            issuer: { url: issuerUrl, audiences: ['me'] },
            claimMappings: {
              username: { claim: 'sub', prefix: 'p:' },
              groups: { expression: 'has(claims.groups) ? claims.groups : []' },
              extra: [{ key: 'acme.com/all', valueExpression: 'claims.?tenant.orValue("")' }],
            },
            userValidationRules: [{ expression: "!user.groups.exists(group, group.startsWith('system:'))" }],
          },
        ],
      }),
      'a.yaml',
    ).jwt;
    // The pauses between fetches of keys are specified elsewhere.
    jwt = new JwtAuthenticator({
      configuration: configuration!,
      algorithms: signingAlgorithms,
      get: issuer.get,
      betweenMs: 0,
    });
    await jwt.provider.ready;
    const lookup = () => Promise.resolve({ uid: 'u1' });
    all = [
      forApiServer(new TokenFileAuthenticator('s3cret,ann,u,"dev"\n', 'f'), [own]),
      new LegacyServiceAccountTokenAuthenticator({
        keys,
        audiences: [own],
        lookup: () => Promise.resolve(undefined),
        used: () => Promise.resolve(undefined),
        count: () => undefined,
      }),
      new ServiceAccountTokenAuthenticator({ keys, issuers: [own], audiences: [own], lookup }),
      forApiServer(
        new BootstrapTokenAuthenticator({ secret: () => Promise.resolve(undefined), onMismatch: () => undefined }),
        [own],
      ),
      forApiServer(jwt, [own]),
      new WebhookTokenAuthenticator({
        version: 'v1',
        audiences: [own],
        post: () => Promise.resolve({ status: { authenticated: false } }),
      }),
    ];
    const account = { namespace: 'ns', name: 'sa', uid: 'u1', audiences: [own], expirationSeconds: 3600 };
    const tokens = new ServiceAccountTokenIssuer(own, key);
    for (const token of [
      's3cret',
      tokens.issue(account).token,
      tokens.issue({ ...account, name: 'bound', bound: { kind: 'Pod', name: 'p', uid: 'u1' } }).token,
      await issuer.sign({ sub: 'jane', groups: ['dev'] }),
    ]) {
      const result = await judge(token);
      if (result.kind !== 'user') throw new Error(JSON.stringify(result));
      given.set(token, result.user);
    }
  });
  afterAll(() => jwt.close());

  it('that are nearly good prove nobody', async () => {
    await fc.assert(fc.asyncProperty(spoiled([...given.keys()]), check), { numRuns: 2000 });
  });
  it('that are made up prove nobody', async () => {
    await fc.assert(fc.asyncProperty(invented, check), runs);
  });
  it('that are no tokens prove nobody', async () => {
    const words = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.array(fc.base64String(), { maxLength: 6 }).map((parts) => parts.join('.')),
    );
    await fc.assert(fc.asyncProperty(words, check), runs);
  });

  it.each<[string, string]>([
    ['a letter', 'a'.repeat(1e6)],
    ['dots', '.'.repeat(1e6)],
    ['a long segment', `${encode({ alg: 'ES256' })}.${encode({ iss: issuerUrl, sub: 'a'.repeat(1e6) })}.AAAA`],
    [
      'a deep one',
      `${encode({ alg: 'ES256' })}.${Buffer.from(`{"iss":"${issuerUrl}","a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`).toString('base64url')}.AAAA`,
    ],
    [
      'many fields',
      `${encode({ alg: 'ES256' })}.${encode(Object.fromEntries(Array.from({ length: 1e5 }, (_, nth) => [`f${nth}`, nth])))}.AAAA`,
    ],
  ])('that are huge, of %s, prove nobody', async (_what, token) => check(token));

  it('that the issuer signed, with whatever in them, prove whom they name or nobody', async () => {
    const claims = fc.record(
      {
        sub: fc.oneof(fc.string(), fc.anything()),
        groups: fc.oneof(fc.array(fc.string()), fc.anything()),
        tenant: fc.anything(),
        email: fc.anything(),
        jti: fc.anything(),
        nbf: fc.anything(),
        __proto__: fc.anything(),
        _claim_names: fc.anything(),
        _claim_sources: fc.anything(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(claims, async (some) => {
        const said = JSON.parse(
          JSON.stringify(some, (_, value: unknown) => (typeof value === 'bigint' ? 1 : value)),
        ) as Record<string, unknown>;
        const result = await judge(await issuer.sign(said));
        if (result.kind !== 'user') return;
        expect(result.user.name).toBe(`p:${said['sub'] as string}`);
        const { groups } = said;
        const known = Array.isArray(groups) ? groups : [groups];
        for (const group of result.user.groups) if (group !== 'system:authenticated') expect(known).toContain(group);
      }),
      runs,
    );
  });

  it('are found in headers without an exception', () => {
    const read = (header: string): void => {
      expect(typeof bearerToken(header)).toMatch(/^(string|undefined)$/);
      expect(typeof protocolToken(header)).toMatch(/^(string|undefined|object)$/);
    };
    fc.assert(fc.property(fc.string({ unit: 'binary' }), read));
    fc.assert(fc.property(fc.string(), (text) => read(`base64url.bearer.authorization.k8s.io.${text},a`)));
  });
});
