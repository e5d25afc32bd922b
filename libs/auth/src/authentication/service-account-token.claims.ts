/** Claims of a bound service account token, named as Kubernetes names them. */
export interface ServiceAccountClaims {
  iss: string;
  sub: string;
  aud: string[];
  exp: number;
  iat: number;
  nbf: number;
  jti: string;
  'kubernetes.io': {
    namespace: string;
    serviceaccount: { name: string; uid: string };
    pod?: { name: string; uid: string };
    secret?: { name: string; uid: string };
    node?: { name: string; uid: string };
    warnafter?: number;
  };
}

interface TokenParts {
  header: { alg?: string; kid?: string };
  claims: Record<string, unknown>;
  signed: string;
  signature: Buffer;
}

/** Splits a compact JWS; undefined when the text is none. */
export function parseToken(token: string): TokenParts | undefined {
  const [header, payload, signature, rest] = token.split('.');
  if (!header || !payload || !signature || rest !== undefined) return undefined;
  try {
    return {
      header: decodePart(header),
      claims: decodePart(payload),
      signed: `${header}.${payload}`,
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    // Not JSON inside: no token of ours, and the caller answers 401 for it.
    return undefined;
  }
}

function decodePart(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return value as Record<string, unknown>;
}
