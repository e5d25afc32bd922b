import { ApiServerConfig } from '../apiserver.config';
import { oidcAlgorithms, oidcFlagConfiguration } from './oidc-flags';
import { openAuthenticationConfiguration } from './open-configuration';

const both = { oidcIssuerUrl: 'https://issuer.test', oidcClientId: 'kubectl' };
const config = (given: Partial<ApiServerConfig>): ApiServerConfig => Object.assign(new ApiServerConfig(), given);
const mappings = (given: Partial<ApiServerConfig>) =>
  oidcFlagConfiguration(config({ ...both, ...given }))[0]?.claimMappings;

describe('the flags --oidc-*', () => {
  it('name nobody where none is given', () => {
    expect(oidcFlagConfiguration(config({}))).toEqual([]);
    expect(openAuthenticationConfiguration(config({}))).toEqual({ jwt: [] });
  });

  it('name one issuer', () => {
    const given = { ...both, oidcGroupsClaim: 'groups', oidcRequiredClaim: ['hd=acme.com', 'a=b=c'] };
    expect(oidcFlagConfiguration(config(given))).toEqual([
      {
        issuer: { url: 'https://issuer.test', audiences: ['kubectl'] },
        claimValidationRules: [
          { claim: 'hd', requiredValue: 'acme.com' },
          { claim: 'a', requiredValue: 'b=c' },
        ],
        claimMappings: {
          username: { claim: 'sub', prefix: 'https://issuer.test#' },
          groups: { claim: 'groups', prefix: '' },
          uid: {},
          extra: [],
        },
        userValidationRules: [],
      },
    ]);
    expect(oidcAlgorithms(config(both))).toEqual(['RS256']);
    expect(oidcAlgorithms(config({ oidcSigningAlgs: ['ES256'] }))).toEqual(['ES256']);
  });

  it.each<[Partial<ApiServerConfig>, object]>([
    [{ oidcUsernameClaim: 'email' }, { claim: 'email', prefix: '' }],
    [
      { oidcUsernameClaim: 'email', oidcUsernamePrefix: 'a:' },
      { claim: 'email', prefix: 'a:' },
    ],
    [
      { oidcUsernameClaim: 'name', oidcUsernamePrefix: '-' },
      { claim: 'name', prefix: '' },
    ],
    [{ oidcUsernamePrefix: 'oidc:' }, { claim: 'sub', prefix: 'oidc:' }],
  ])('%j name users by %j', (given, username) => expect(mappings(given)?.username).toEqual(username));

  it.each<[Partial<ApiServerConfig>, string]>([
    [{ oidcIssuerUrl: 'https://a' }, 'oidc-issuer-url and oidc-client-id must be specified together when any oidc-*'],
    [{ oidcGroupsClaim: 'groups' }, 'oidc-issuer-url and oidc-client-id must be specified together when any oidc-*'],
    [{ ...both, authenticationConfig: 'f' }, 'authentication-config file and oidc-* flags are mutually exclusive'],
    [{ ...both, oidcSigningAlgs: ['HS256'] }, 'oidc: unsupported signing alg: "HS256"'],
    [{ ...both, oidcRequiredClaim: ['hd'] }, 'malformed pair, expect string=string: hd'],
    [{ ...both, oidcCaFile: '/nowhere' }, '--oidc-ca-file: cannot read /nowhere'],
    [{ ...both, oidcIssuerUrl: 'http://a' }, 'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https'],
    [{ ...both, oidcUsernameClaim: '' }, 'jwt[0].claimMappings.username: Required value: claim or expression'],
    [{ ...both, serviceAccountIssuer: [both.oidcIssuerUrl] }, 'URL must not overlap with disallowed issuers'],
  ])('%j are refused', (given, message) => {
    expect(() => openAuthenticationConfiguration(config(given))).toThrow(message);
  });
});
