/** A thing that a token names, and depends on. */
export interface Reference {
  name: string;
  /** Absent for a node that was not there when the token was made. */
  uid?: string;
}

/** Claims that any token of a service account may have (RFC 7519). */
export interface PublicClaims {
  iss: string;
  sub?: string;
  aud?: string | string[];
  exp?: number;
  iat?: number;
  nbf?: number;
  jti?: string;
}

/** Claims of a bound service account token, named as Kubernetes names them. */
export interface ServiceAccountClaims extends PublicClaims {
  'kubernetes.io': {
    namespace: string;
    serviceaccount: Reference;
    pod?: Reference;
    secret?: Reference;
    node?: Reference;
    /** From when on the use of a token is told of: it lives longer than its pod knows. */
    warnafter?: number;
  };
}

interface TokenParts {
  header: { alg?: unknown; kid?: unknown; crit?: unknown };
  claims: Record<string, unknown>;
  signed: string;
  signature: Buffer;
}

/** Splits a compact JWS; undefined when the text is none. */
export function parseToken(token: string): TokenParts | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [header, payload, signature] = parts.map(decodeBase64);
  if (!header || !payload || !signature) return undefined;
  try {
    return {
      header: objectIn(header),
      claims: objectIn(payload),
      signed: `${parts[0]}.${parts[1]}`,
      signature,
    };
  } catch {
    // Not JSON inside: no token of ours, and the caller answers 401 for it.
    return undefined;
  }
}

/** Strictly: Buffer would skip over what is no base64url, and many texts would be the same token. */
function decodeBase64(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : undefined;
}

function objectIn(bytes: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object');
  return value as Record<string, unknown>;
}

/** `aud` may be one text or a list of them. */
export function audiencesOf({ aud }: PublicClaims): string[] {
  if (typeof aud === 'string') return [aud];
  return Array.isArray(aud) ? aud.filter((audience) => typeof audience === 'string') : [];
}
