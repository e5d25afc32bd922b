import type { HttpGet } from './http-get';
import { hasClaim, textClaim } from './claim-values';
import { readIdToken, type Claims } from './id-token';
import type { OidcProvider } from './oidc-provider';

/** More issuers than anybody has: each is looked for until the configuration changes. */
const maxIssuers = 64;

export interface DistributedClaimsSettings {
  /** The claim that may be elsewhere. */
  claim: string;
  get: HttpGet;
  open: (issuer: string) => OidcProvider;
}

/**
 * Fetches a claim that a token says is elsewhere, as a token of its own (OpenID Connect Core 1.0, section 5.6.2; oidc
 * claimResolver). Azure does so where somebody is in too many groups.
 */
export class DistributedClaims {
  private readonly providers = new Map<string, OidcProvider>();

  constructor(private readonly settings: DistributedClaimsSettings) {}

  /** The claims, with the one that was elsewhere. */
  async expand(claims: Claims): Promise<Claims> {
    const { claim } = this.settings;
    if (hasClaim(claims, claim) || !hasClaim(claims, '_claim_names')) return claims;
    const source = sourceOf(claims, claim);
    if (!source) return claims;
    return { ...claims, [claim]: await this.resolve(source) };
  }

  close(): void {
    for (const provider of this.providers.values()) provider.close();
  }

  private async resolve({ endpoint, accessToken }: Source): Promise<unknown> {
    const { claim, get } = this.settings;
    const { status, body } = await get(endpoint, accessToken ? { authorization: `Bearer ${accessToken}` } : {});
    if (status < 200 || status > 226) {
      throw new Error(
        `while getting distributed claim ${JSON.stringify(claim)}: error while getting distributed claim JWT: ${status}`,
      );
    }
    const token = readIdToken(body.trim());
    if (!token) throw new Error(`getting untrusted issuer from endpoint ${endpoint} failed for claim ${claim}`);
    await this.provider(token.issuer).verify(token);
    if (hasClaim(token.claims, claim)) return token.claims[claim];
    throw new Error(
      `jwt returned by distributed claim endpoint ${JSON.stringify(endpoint)} did not contain claim: ${claim}`,
    );
  }

  private provider(issuer: string): OidcProvider {
    const known = this.providers.get(issuer);
    if (known) return known;
    if (this.providers.size >= maxIssuers) throw new Error('too many issuers of distributed claims');
    const opened = this.settings.open(issuer);
    this.providers.set(issuer, opened);
    return opened;
  }
}

interface Source {
  endpoint: string;
  accessToken?: string;
}

const isMap = (value: unknown): value is Claims => typeof value === 'object' && value !== null && !Array.isArray(value);

function sourceOf(claims: Claims, claim: string): Source | undefined {
  const [names, sources] = [claims['_claim_names'], claims['_claim_sources']];
  if (!isMap(names)) throw new Error('oidc: error parsing distributed claim names');
  if (!hasClaim(claims, '_claim_sources')) throw new Error('oidc: no claim sources');
  if (!isMap(sources)) throw new Error('oidc: could not parse claim sources');
  if (!hasClaim(names, claim)) return undefined;
  const name = textClaim(names, claim);
  const source = hasClaim(sources, name) ? sources[name] : undefined;
  if (!isMap(source)) {
    throw new Error(`id token _claim_names contained a source ${name} missing in _claims_sources`);
  }
  const { endpoint, access_token: accessToken } = source;
  // Without one it may be an aggregated claim, which nobody reads.
  if (typeof endpoint !== 'string' || endpoint === '') return undefined;
  return { endpoint, ...(typeof accessToken === 'string' ? { accessToken } : {}) };
}
