import { type JwtConfiguration, signingAlgorithms } from '@nestor/auth';
import { readFiles } from '../files/follow-files';
import type { AuthenticationConfig } from './authentication.config';

/** What the flags --oidc-* come to: one issuer, or none. Throws where they do not fit together. */
export function oidcFlagConfiguration(config: AuthenticationConfig): JwtConfiguration[] {
  if (!isAnyGiven(config)) return [];
  const { oidcIssuerUrl: url, oidcClientId: audience, oidcGroupsClaim, oidcGroupsPrefix = '', oidcCaFile } = config;
  if (config.authenticationConfig) {
    throw new Error('authentication-config file and oidc-* flags are mutually exclusive');
  }
  if (!url || !audience) {
    throw new Error('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set');
  }
  const unknown = oidcAlgorithms(config).find((one) => !(signingAlgorithms as readonly string[]).includes(one));
  if (unknown !== undefined) throw new Error(`oidc: unsupported signing alg: ${JSON.stringify(unknown)}`);
  const [certificateAuthority] = oidcCaFile ? readFiles({ 'oidc-ca-file': oidcCaFile }) : [];
  return [
    {
      issuer: { url, audiences: [audience], ...(certificateAuthority ? { certificateAuthority } : {}) },
      claimValidationRules: requiredClaims(config),
      claimMappings: {
        username: username(config, url),
        groups: oidcGroupsClaim ? { claim: oidcGroupsClaim, prefix: oidcGroupsPrefix } : {},
        uid: {},
        extra: [],
      },
      userValidationRules: [],
    },
  ];
}

/** The signatures that the flags let the issuer make. */
export const oidcAlgorithms = ({ oidcSigningAlgs: given }: AuthenticationConfig): readonly string[] =>
  given && given.length > 0 ? given : ['RS256'];

function isAnyGiven(config: AuthenticationConfig): boolean {
  return [
    config.oidcIssuerUrl,
    config.oidcClientId,
    config.oidcUsernameClaim,
    config.oidcUsernamePrefix,
    config.oidcGroupsClaim,
    config.oidcGroupsPrefix,
    config.oidcRequiredClaim,
    config.oidcSigningAlgs,
    config.oidcCaFile,
  ].some((given) => given !== undefined);
}

/** Names of several issuers may be equal, addresses are not: only the former get the issuer before them by themselves. */
function username(
  { oidcUsernameClaim: claim = 'sub', oidcUsernamePrefix: prefix = '' }: AuthenticationConfig,
  url: string,
) {
  if (prefix === '-') return { claim, prefix: '' };
  return { claim, prefix: prefix === '' && claim !== 'email' ? `${url}#` : prefix };
}

function requiredClaims({
  oidcRequiredClaim: pairs = [],
}: AuthenticationConfig): JwtConfiguration['claimValidationRules'] {
  const claims = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 0) throw new Error(`oidc-required-claim: malformed pair, expect string=string: ${pair}`);
    claims.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
  }
  return [...claims].map(([claim, requiredValue]) => ({ claim, requiredValue }));
}
