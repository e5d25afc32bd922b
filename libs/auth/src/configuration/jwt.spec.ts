import { stringify } from 'yaml';
import { readAuthenticationConfiguration } from './read-configuration';

const issuer = { url: 'https://issuer.test', audiences: ['me'] };
const claimMappings = { username: { claim: 'sub', prefix: '' } };
const jwt = { issuer, claimMappings };
const read = (...jwts: unknown[]) =>
  readAuthenticationConfiguration(
    stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', jwt: jwts }),
    'a.yaml',
    ['https://own.test', 'https://api.test'],
  );
const withIssuer = (change: object): object => ({ ...jwt, issuer: { ...issuer, ...change } });
const withMappings = (change: object): object => ({ ...jwt, claimMappings: { ...claimMappings, ...change } });
const withRules = (...claimValidationRules: object[]): object => ({ ...jwt, claimValidationRules });
const withUserRules = (...userValidationRules: object[]): object => ({ ...jwt, userValidationRules });
const extra = (...keys: string[]): object =>
  withMappings({ extra: keys.map((key) => ({ key, valueExpression: 'claims.a' })) });

describe('the jwt section of an authentication configuration', () => {
  it('is read, with nothing where nothing is said', () => {
    expect(read({ ...jwt, userValidationRules: null })).toEqual({
      jwt: [
        {
          issuer,
          claimValidationRules: [],
          claimMappings: { ...claimMappings, groups: {}, uid: {}, extra: [] },
          userValidationRules: [],
        },
      ],
    });
    expect(read()).toEqual({ jwt: [] });
  });

  it.each<[string, object]>([
    ['several audiences', withIssuer({ audiences: ['a', 'b'], audienceMatchPolicy: 'MatchAny' })],
    ['another place of the document', withIssuer({ discoveryURL: 'https://inside.test/doc' })],
    [
      'expressions',
      withMappings({ username: { expression: 'claims.sub' }, groups: { expression: 'claims.?g.orValue([])' } }),
    ],
    [
      'verified addresses',
      withMappings({ username: { expression: 'claims.email_verified ? claims.email : claims.sub' } }),
    ],
    [
      'a rule about verified addresses',
      {
        ...withRules({ expression: 'claims.?email_verified.orValue(true) == true' }),
        claimMappings: { username: { expression: 'claims.email' } },
      },
    ],
    ['an extra', extra('acme.com/tenant')],
    ['rules', { ...withRules({ claim: 'a' }), ...withUserRules({ expression: "user.extra['a'].size() > 0" }) }],
  ])('takes %s', (_what, given) => expect(read(given).jwt).toHaveLength(1));

  it.each<[string, object, string]>([
    ['no issuer', { claimMappings }, 'jwt[0].issuer.url: Required value'],
    ['http', withIssuer({ url: 'http://a' }), 'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https'],
    ['no URL', withIssuer({ url: 'abc' }), 'jwt[0].issuer.url: Invalid value: "abc": URL scheme must be https'],
    ['a user in the URL', withIssuer({ url: 'https://a:b@c' }), 'URL must not contain a username or password'],
    ['a query', withIssuer({ url: 'https://a?b=c' }), 'URL must not contain a query'],
    ['a fragment', withIssuer({ url: 'https://a#b' }), 'URL must not contain a fragment'],
    [
      'our own issuer',
      withIssuer({ url: 'https://own.test' }),
      'jwt[0].issuer.url: Invalid value: "https://own.test": URL must not overlap with disallowed issuers: [https://api.test https://own.test]',
    ],
    [
      'the same place twice',
      withIssuer({ discoveryURL: 'https://issuer.test/' }),
      'jwt[0].issuer.discoveryURL: Invalid value: "https://issuer.test/": discoveryURL must be different from URL',
    ],
    [
      'no audience',
      withIssuer({ audiences: [] }),
      'jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required',
    ],
    ['an empty audience', withIssuer({ audiences: [''] }), 'jwt[0].issuer.audiences[0]: Required value'],
    [
      'an audience twice',
      withIssuer({ audiences: ['a', 'a'], audienceMatchPolicy: 'MatchAny' }),
      'jwt[0].issuer.audiences[1]: Duplicate value: "a"',
    ],
    [
      'no policy for several',
      withIssuer({ audiences: ['a', 'b'] }),
      'jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
    ],
    [
      'another policy',
      withIssuer({ audienceMatchPolicy: 'MatchAll' }),
      'audienceMatchPolicy must be empty or MatchAny for single audience',
    ],
    [
      'no certificate',
      withIssuer({ certificateAuthority: 'abc' }),
      'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates',
    ],
    [
      'another egress',
      withIssuer({ egressSelectorType: 'etcd' }),
      'jwt[0].issuer.egressSelectorType: Invalid value: "etcd": egress selector must be either controlplane or cluster',
    ],
    [
      'an egress',
      withIssuer({ egressSelectorType: 'cluster' }),
      'jwt[0].issuer.egressSelectorType: Forbidden: this server has no egress selectors',
    ],
    [
      'a rule of nothing',
      withRules({}),
      'jwt[0].claimValidationRules[0]: Required value: claim or expression is required',
    ],
    [
      'a rule of both',
      withRules({ claim: 'a', expression: 'true' }),
      `jwt[0].claimValidationRules[0]: Invalid value: "a": claim and expression can't both be set`,
    ],
    [
      'a message for a claim',
      withRules({ claim: 'a', message: 'b' }),
      'jwt[0].claimValidationRules[0].message: Invalid value: "b": may not be specified when claim is set',
    ],
    [
      'a claim twice',
      withRules({ claim: 'a' }, { claim: 'a' }),
      'jwt[0].claimValidationRules[1].claim: Duplicate value: "a"',
    ],
    [
      'a value for an expression',
      withRules({ expression: 'true', requiredValue: 'b' }),
      'requiredValue: Invalid value: "b": may not be specified when expression is set',
    ],
    [
      'a rule twice',
      withRules({ expression: 'true' }, { expression: 'true' }),
      'jwt[0].claimValidationRules[1].expression: Duplicate value: "true"',
    ],
    [
      'a rule that is none',
      withRules({ expression: 'claims.a' }),
      'jwt[0].claimValidationRules[0].expression: Invalid value: "claims.a": must evaluate to bool',
    ],
    ['a rule about nothing', withRules({ expression: 'user.username == ""' }), "undeclared reference to 'user'"],
    ['no name', { issuer }, 'jwt[0].claimMappings.username: Required value: claim or expression is required'],
    [
      'a name of both',
      withMappings({ username: { claim: 'a', expression: 'claims.a' } }),
      `jwt[0].claimMappings.username: Invalid value: "": claim and expression can't both be set`,
    ],
    [
      'no prefix',
      withMappings({ groups: { claim: 'a' } }),
      'jwt[0].claimMappings.groups.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    ],
    [
      'a prefix for an expression',
      withMappings({ username: { expression: 'claims.a', prefix: '' } }),
      'jwt[0].claimMappings.username.prefix: Invalid value: "": may not be specified when expression is set',
    ],
    [
      'an expression that is none',
      withMappings({ uid: { expression: 'claims.' } }),
      'jwt[0].claimMappings.uid.expression: Invalid value: "claims.": compilation failed: ',
    ],
    [
      'a UID of both',
      withMappings({ uid: { claim: 'a', expression: 'claims.a' } }),
      `jwt[0].claimMappings.uid: Invalid value: "": claim and expression can't both be set`,
    ],
    [
      'addresses that nobody verified',
      withMappings({ username: { expression: 'claims.email' } }),
      'jwt[0].claimMappings.username.expression: Invalid value: "claims.email": claims.email_verified must be used in',
    ],
    [
      'an extra without a domain',
      extra('tenant'),
      'jwt[0].claimMappings.extra[0].key: Invalid value: "tenant": must be a domain-prefixed path',
    ],
    [
      'an extra in capitals',
      extra('acme.com/Tenant'),
      'jwt[0].claimMappings.extra[0].key: Invalid value: "acme.com/Tenant": must be lowercase',
    ],
    [
      'an extra of Kubernetes',
      extra('authentication.kubernetes.io/node-name'),
      'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
    ],
    [
      'another extra of Kubernetes',
      extra('k8s.io/a'),
      'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
    ],
    ['an extra twice', extra('a.com/b', 'a.com/b'), 'jwt[0].claimMappings.extra[1].key: Duplicate value: "a.com/b"'],
    [
      'an extra of nothing',
      withMappings({ extra: [{ key: 'a.com/b' }] }),
      'jwt[0].claimMappings.extra[0].valueExpression: Required value',
    ],
    [
      'a user rule of nothing',
      withUserRules({ message: 'a' }),
      'jwt[0].userValidationRules[0].expression: Required value',
    ],
    [
      'a user rule twice',
      withUserRules({ expression: 'true' }, { expression: 'true' }),
      'jwt[0].userValidationRules[1].expression: Duplicate value: "true"',
    ],
    ['a user rule about nothing', withUserRules({ expression: 'user.name == ""' }), "undefined field 'name'"],
    ['an unknown field', { ...jwt, issuers: [] }, 'strict decoding error: unknown field "jwt[0].issuers"'],
  ])('with %s is refused', (_what, given, message) => expect(() => read(given)).toThrow(message));

  it('names each issuer once, and not too many', () => {
    const discoveryURL = 'https://inside.test';
    expect(() => read(jwt, jwt)).toThrow('jwt[1].issuer.url: Duplicate value: "https://issuer.test"');
    expect(() => read(withIssuer({ discoveryURL }), withIssuer({ url: 'https://b', discoveryURL }))).toThrow(
      'jwt[1].issuer.discoveryURL: Duplicate value: "https://inside.test"',
    );
    expect(() => read(...Array.from({ length: 65 }, (_, nth) => withIssuer({ url: `https://${nth}.test` })))).toThrow(
      'jwt: Too many: 65: must have at most 64 items',
    );
  });
});
