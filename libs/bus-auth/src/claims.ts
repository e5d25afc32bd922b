import { createHash } from 'node:crypto';
import { NkeySigner, verifySignature } from './nkey';

export interface SubjectPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** What NATS reads of a JSON web token of its own (github.com/nats-io/jwt, version 2). */
export interface Claims {
  iss: string;
  sub: string;
  name: string;
  /** Seconds since 1970. */
  iat: number;
  exp?: number;
  nats: NatsClaims;
}

export interface NatsClaims {
  type: 'operator' | 'account' | 'user';
  version: 2;
  signing_keys?: readonly string[];
  system_account?: string;
  /** Of a user whose token a signing key of its account has signed. */
  issuer_account?: string;
  pub?: { allow?: readonly string[]; deny?: readonly string[] };
  sub?: { allow?: readonly string[]; deny?: readonly string[] };
  /** By public key of a user: tokens issued up to then are void. */
  revocations?: Readonly<Record<string, number>>;
  [more: string]: unknown;
}

const header = encode({ typ: 'JWT', alg: 'ed25519-nkey' });

export function signClaims(signer: NkeySigner, claims: Omit<Claims, 'iss' | 'iat'>): string {
  const issued = { ...claims, iss: signer.publicKey, iat: Math.floor(Date.now() / 1000) };
  const jti = createHash('sha256').update(JSON.stringify(issued)).digest('hex');
  const text = `${header}.${encode({ jti, ...issued })}`;
  return `${text}.${signer.sign(Buffer.from(text)).toString('base64url')}`;
}

/** What a token says, if the one it names as its issuer has signed it; whether that one may is the caller's to see. */
export function readClaims(token: string): Claims | undefined {
  const [head = '', body = '', signature = '', ...more] = token.split('.');
  if (head !== header || more.length > 0) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
    const isSigned = verifySignature(claims.iss, Buffer.from(`${head}.${body}`), Buffer.from(signature, 'base64url'));
    return isSigned ? claims : undefined;
  } catch {
    // No JSON, or an issuer that is no key.
    return undefined;
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
