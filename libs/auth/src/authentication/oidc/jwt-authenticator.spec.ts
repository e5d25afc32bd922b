import { metrics } from '@nestor/telemetry';
import { stringify } from 'yaml';
import { readAuthenticationConfiguration } from '../../configuration/read-configuration';
import type { UserInfo } from '../../user';
import { JwtAuthenticator, signingAlgorithms } from './jwt-authenticator';
import { TestIssuer } from '../../../test/test-issuer';

const url = 'https://issuer.test/path';
const seconds = (): number => Math.floor(Date.now() / 1000);
const byEmail = { claimMappings: { username: { claim: 'email', prefix: '' } } };
const bySub = { username: { claim: 'sub', prefix: 'p:' } };

describe('JwtAuthenticator', () => {
  let issuer: TestIssuer;
  const opened: JwtAuthenticator[] = [];

  async function open(change: Record<string, unknown> = {}, issuerChange = {}): Promise<JwtAuthenticator> {
    const jwt = [{ issuer: { url, audiences: ['me'], ...issuerChange }, claimMappings: bySub, ...change }];
    const text = stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', jwt });
    const [configuration] = readAuthenticationConfiguration(text, 'a.yaml').jwt;
    const made = new JwtAuthenticator({
      configuration: configuration!,
      algorithms: signingAlgorithms,
      get: issuer.get,
    });
    opened.push(made);
    if (issuer.isThere) await made.provider.ready;
    return made;
  }
  /** The user, or why there is none. */
  async function ask(by: JwtAuthenticator, token: string): Promise<UserInfo | string> {
    const result = await by.authenticate(token);
    return result.kind === 'user' ? result.user : result.kind === 'rejected' ? result.reason : result.kind;
  }

  beforeEach(async () => {
    issuer = await TestIssuer.at(url);
  });
  afterEach(() => opened.splice(0).forEach((one) => one.close()));

  it('makes a user of claims', async () => {
    const by = await open({
      claimMappings: { ...bySub, groups: { claim: 'groups', prefix: 'g:' }, uid: { claim: 'id' } },
    });
    expect(await ask(by, await issuer.sign({ sub: 'jane', groups: ['a', 'b'], id: '7', jti: 'j' }))).toEqual({
      name: 'p:jane',
      uid: '7',
      groups: ['g:a', 'g:b', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j'] },
    });
    expect(await ask(by, await issuer.sign({ sub: 'jane', groups: 'a', id: '' }))).toEqual({
      name: 'p:jane',
      groups: ['g:a', 'system:authenticated'],
    });
    expect(issuer.asked).toEqual([`${url}/.well-known/openid-configuration`, `${url}/keys`]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    [
      'another audience',
      {},
      { sub: 'a', aud: ['you'] },
      'oidc: verify token: oidc: expected audience "me" got ["you"]',
    ],
    ['no audience', {}, { sub: 'a', aud: undefined }, 'oidc: verify token: oidc: expected audience "me" got []'],
    ['no end', {}, { sub: 'a', exp: undefined }, 'oidc: verify token: oidc: token is expired (Token Expiry: 1970-'],
    ['an end that is no number', {}, { sub: 'a', exp: '9999999999' }, 'oidc: failed to unmarshal claims'],
    ['a later begin', {}, { sub: 'a', nbf: seconds() + 90 }, 'before the nbf (not before) time'],
    ['no name', {}, {}, 'oidc: parse username claims "sub": claim not present'],
    ['a name that is no text', {}, { sub: 7 }, 'json: cannot unmarshal number into Go value of type string'],
    ['an address that is not verified', byEmail, { email: 'a@b', email_verified: false }, 'oidc: email not verified'],
    ['an empty name', byEmail, { email: '' }, 'oidc: empty username is not allowed'],
    [
      'a doubtful address',
      byEmail,
      { email: 'a@b', email_verified: 'true' },
      "oidc: parse 'email_verified' claim: json",
    ],
    [
      'groups that are none',
      { claimMappings: { ...bySub, groups: { claim: 'groups', prefix: '' } } },
      { sub: 'a', groups: [1] },
      'oidc: parse groups claim "groups": json: cannot unmarshal array',
    ],
    [
      'a name by expression that is none',
      { claimMappings: { username: { expression: 'claims.id' } } },
      { id: 7 },
      'oidc: error evaluating username claim expression: username claim expression must return a string',
    ],
    [
      'a claim that the expression misses',
      { claimMappings: { username: { expression: 'claims.id' } } },
      {},
      "oidc: error evaluating username claim expression: expression 'claims.id' resulted in error: no such key: id",
    ],
    [
      'a claim that must be',
      { claimValidationRules: [{ claim: 'hd', requiredValue: 'acme' }] },
      { sub: 'a' },
      'oidc: required claim hd not present in ID token',
    ],
    [
      'a rule that does not hold',
      { claimValidationRules: [{ expression: 'claims.exp - claims.iat <= 3600', message: 'lives too long' }] },
      { sub: 'a', iat: 1 },
      "oidc: error evaluating claim validation expression: validation expression 'claims.exp - claims.iat <= 3600' failed: lives too long",
    ],
    [
      'a user who must not be',
      { userValidationRules: [{ expression: "!user.username.startsWith('p:root') && user.uid == ''" }] },
      { sub: 'root' },
      'oidc: error evaluating user info validation rule: validation expression',
    ],
    [
      'an extra that is no text',
      { claimMappings: { ...bySub, extra: [{ key: 'acme.com/a', valueExpression: 'claims.a' }] } },
      { sub: 'a', a: { b: 1 } },
      'oidc: error evaluating extra claim expression: claims.a: expression must return a string or a list of strings',
    ],
  ])('refuses a token with %s', async (_what, change, claims, reason) => {
    expect(await ask(await open(change), await issuer.sign(claims))).toContain(reason);
  });

  it('lets rules see extras by their keys, and by names that stand for them', async () => {
    const extra = [{ key: 'acme.com/tenant', valueExpression: 'claims.tenant' }];
    const rule = (expression: string) =>
      open({ claimMappings: { ...bySub, extra }, userValidationRules: [{ expression }] });
    const token = await issuer.sign({ sub: 'a', tenant: 'blue' });
    for (const condition of [
      "user.extra['acme.com/tenant'] == ['blue']",
      "user.extra.acme__dot__com__slash__tenant[0] == 'blue'",
      'has(user.extra.acme__dot__com__slash__tenant) && !has(user.extra.other) && user.extra.size() == 1',
    ]) {
      expect(await ask(await rule(condition), token)).toMatchObject({ name: 'p:a' });
    }
  });

  it('tells of the keys that are in use until it is closed, and no longer', async () => {
    const info = async (): Promise<string[]> =>
      (await metrics.text()).split('\n').filter((line) => line.includes('last_key_set_info{'));
    const before = await open();
    await ask(before, await issuer.sign({ sub: 'a' }));
    const after = await open();
    await ask(after, await issuer.sign({ sub: 'a' }));
    before.close();
    expect(await info()).toHaveLength(1);
    after.close();
    expect(await info()).toHaveLength(0);
  });

  it('leaves tokens of others to others', async () => {
    const by = await open();
    const [header, claims] = (await issuer.sign({ sub: 'a' })).split('.');
    const tokens = [
      await issuer.sign({ sub: 'a', iss: 'https://other.test' }),
      'a.b.c',
      'abc',
      '',
      `${header}.${claims}.`,
    ];
    for (const token of tokens) expect(await ask(by, token)).toBe('none');
  });

  it('fetches keys when a token is of another, at most once in a while, and takes those it has meanwhile', async () => {
    const by = await open();
    const old = await issuer.sign({ sub: 'a' });
    expect(await ask(by, old)).toMatchObject({ name: 'p:a' });
    await issuer.rotate('k2');
    const token = await issuer.sign({ sub: 'b' });
    const strange = await issuer.sign({ sub: 'b' }, { kid: 'k9' });
    const answers = await Promise.all([
      ask(by, token),
      ask(by, old),
      ...Array.from({ length: 20 }, () => ask(by, strange)),
    ]);
    expect(answers[0]).toMatchObject({ name: 'p:b' });
    expect(answers[1]).toMatchObject({ name: 'p:a' });
    expect(new Set(answers.slice(2))).toEqual(
      new Set(['oidc: verify token: failed to verify signature: failed to verify id token signature']),
    );
    expect(issuer.asked.filter((asked) => asked.endsWith('/keys'))).toHaveLength(2);
    expect(await ask(by, old)).toContain('failed to verify');
  });

  it('goes on with the keys it has while the issuer is gone, and says why it has none', async () => {
    const by = await open();
    expect(await ask(by, await issuer.sign({ sub: 'a' }))).toMatchObject({ name: 'p:a' });
    issuer.isThere = false;
    expect(await ask(by, await issuer.sign({ sub: 'b' }))).toMatchObject({ name: 'p:b' });
    await issuer.rotate('k2');
    expect(await ask(by, await issuer.sign({ sub: 'c' }))).toBe(
      'oidc: verify token: failed to verify signature: fetching keys connection refused',
    );
  });

  it('is not there before its issuer is found, and finds it where its document really is', async () => {
    issuer.isThere = false;
    const waiting = await open();
    expect(await ask(waiting, await issuer.sign({ sub: 'a' }))).toBe('oidc: authenticator not initialized');
    expect(waiting.provider.fault).toBe('connection refused');
    issuer.isThere = true;
    issuer.pages.set('https://inside.test/doc', JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
    const by = await open({}, { discoveryURL: 'https://inside.test/doc' });
    expect(await ask(by, await issuer.sign({ sub: 'a' }))).toMatchObject({ name: 'p:a' });
    issuer.pages.set('https://inside.test/liar', JSON.stringify({ issuer: 'x', jwks_uri: `${url}/keys` }));
    const text = { discoveryURL: 'https://inside.test/liar' };
    issuer.isThere = false;
    const liar = await open({}, text);
    issuer.isThere = true;
    expect(liar.provider.fault).toBeDefined();
  });

  it('fetches groups that are elsewhere, as tokens of their own', async () => {
    const by = await open({ claimMappings: { ...bySub, groups: { claim: 'groups', prefix: '' } } });
    const sources = { _claim_names: { groups: 'src' }, _claim_sources: { src: { endpoint: `${url}/groups` } } };
    issuer.pages.set(`${url}/groups`, await issuer.sign({ groups: ['far'] }));
    const token = await issuer.sign({ sub: 'a', ...sources });
    // The issuer of what is elsewhere is looked for when it is first met.
    expect(await ask(by, token)).toMatch(/^oidc: could not expand distributed claims: verifier not initialized/);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await ask(by, token)).toEqual({ name: 'p:a', groups: ['far', 'system:authenticated'] });
    issuer.pages.set(`${url}/groups`, await issuer.sign({ groups: ['far'], aud: 'you' }));
    expect(await ask(by, token)).toMatch(/expected audience "me" got \["you"\]$/);
    expect(await ask(by, await issuer.sign({ sub: 'a', _claim_names: { groups: 'src' } }))).toMatch(
      /no claim sources$/,
    );
  });
});
