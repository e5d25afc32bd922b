import { verify } from 'node:crypto';
import { audiencesOf, parseToken, type PublicClaims } from './claims';
import type { VerificationKeys } from './keys';

const maxVerified = 4096;

/** A token of one of the issuers: with a good signature, or not to be believed. */
export type Verified<Claims> = { claims: Claims } | { fault: string };

/** Claims of tokens that one of the keys signed, kept by the token's text: a signature costs a tenth of a millisecond. */
export class VerifiedTokens<Claims extends PublicClaims> {
  private readonly known = new Map<string, Verified<Claims>>();

  constructor(
    private readonly keys: VerificationKeys,
    private readonly issuers: readonly string[],
  ) {}

  /** undefined for any text that is no token of the issuers. */
  read(token: string): Verified<Claims> | undefined {
    const known = this.known.get(token);
    if (known) return known;
    const parts = parseToken(token);
    if (!parts || !this.issuers.includes(parts.claims['iss'] as string)) return undefined;
    // What must be understood and is not, such as another form of the content, is no token of ours.
    if (parts.header.crit !== undefined) return { fault: 'go-jose/go-jose: unsupported crit header' };
    const keys = this.keys.for(parts.header.kid);
    if (keys.length === 0) return { fault: 'invalid signature, no keys found' };
    const isGood = keys.some(
      ({ algorithm, hash, publicKey }) =>
        parts.header.alg === algorithm &&
        verify(hash, Buffer.from(parts.signed), { key: publicKey, dsaEncoding: 'ieee-p1363' }, parts.signature),
    );
    if (!isGood) return { fault: 'go-jose/go-jose: error in cryptographic primitive' };
    return this.keep(token, { claims: parts.claims as unknown as Claims });
  }

  private keep(token: string, verified: Verified<Claims>): Verified<Claims> {
    if (this.known.size >= maxVerified) this.known.delete(this.known.keys().next().value as string);
    this.known.set(token, verified);
    return verified;
  }
}

/** Of the audiences that are asked for those a token is meant for; one that says nothing is meant for this API. */
export function matchingAudiences(
  claims: PublicClaims,
  wanted: readonly string[],
  own: readonly string[],
): { audiences: string[] } | { fault: string } {
  const said = audiencesOf(claims);
  const meant = said.length > 0 ? said : own;
  const audiences = meant.filter((audience) => wanted.includes(audience));
  if (audiences.length > 0) return { audiences };
  return { fault: `token audiences ${quoted(meant)} is invalid for the target audiences ${quoted(wanted)}` };
}

/** As Go's %q prints a list. */
const quoted = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;
