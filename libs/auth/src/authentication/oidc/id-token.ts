import { audiencesOf, parseToken } from '../service-account/claims';

/** What a token says, as JSON had it. */
export type Claims = Readonly<Record<string, unknown>>;

/** A token as it reads. Nothing of it is believed yet. */
export interface IdToken {
  text: string;
  algorithm: string;
  keyId?: string;
  claims: Claims;
}

/** Google's tokens may leave the scheme out. */
const google = 'https://accounts.google.com';

/** Undefined for any text that is no signed JWT of an issuer. */
export function readIdToken(text: string): (IdToken & { issuer: string }) | undefined {
  const parts = parseToken(text);
  const issuer = parts?.claims['iss'];
  if (!parts || typeof issuer !== 'string' || typeof parts.header.alg !== 'string') return undefined;
  // What must be understood and is not makes a token that nobody can judge.
  if (parts.header.crit !== undefined) return undefined;
  const { alg: algorithm, kid } = parts.header;
  return {
    text,
    algorithm,
    ...(typeof kid === 'string' && kid !== '' ? { keyId: kid } : {}),
    claims: parts.claims,
    issuer: issuer === 'accounts.google.com' ? google : issuer,
  };
}

/** Clocks may differ by so much. */
const leewayMs = 60_000;

/** Throws where a token is for others, or for another time (go-oidc Verify). */
export function checkClaims(claims: Claims, audiences: readonly string[], now: number): void {
  const meant = audiencesOf(claims as { iss: string });
  if (!meant.some((audience) => audiences.includes(audience))) {
    const wanted = audiences.length > 1 ? `in ${quoted(audiences)}` : JSON.stringify(audiences[0]);
    throw new Error(`oidc: expected audience ${wanted} got ${quoted(meant)}`);
  }
  const ends = secondsIn(claims, 'exp') ?? 0;
  if (ends * 1000 < now) throw new Error(`oidc: token is expired (Token Expiry: ${timeOf(ends)})`);
  const begins = secondsIn(claims, 'nbf');
  if (begins !== undefined && now + leewayMs < begins * 1000) {
    throw new Error(`oidc: current time ${timeOf(now / 1000)} before the nbf (not before) time: ${timeOf(begins)}`);
  }
}

function secondsIn(claims: Claims, name: string): number | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  throw new Error(`oidc: failed to unmarshal claims: ${name} is no number`);
}

/** As Go's %q prints a list. */
const quoted = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;

function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString();
}
