import type { X509Certificate } from 'node:crypto';
import { asAuthenticated, type UserInfo } from '../user';
import type { AuthenticationResult } from './authenticator';
import type { CertificateAuthorities } from './certificates/certificate-authorities';
import type { PeerCertificate } from './certificates/peer-certificate';
import { VerifiedPeers } from './certificates/verified-peers';

/** Names of headers and prefixes, in any case; the first name that has a value wins. */
export interface RequestHeaderNames {
  readonly username: readonly string[];
  readonly uid: readonly string[];
  readonly group: readonly string[];
  readonly extraPrefixes: readonly string[];
}

export interface RequestHeaderSettings {
  /** Of those who sign proxies. */
  authorities: CertificateAuthorities;
  /** Common names that proxies may have; none allows any. */
  allowedNames: readonly string[];
  headers: RequestHeaderNames;
}

/**
 * Believes a front proxy for whom it asks: the caller is who the headers name, if the connection's certificate is a
 * proxy's (k8s.io/apiserver headerrequest). From anybody else the headers mean nothing.
 */
export class RequestHeaderAuthenticator {
  private readonly verified: VerifiedPeers<string | undefined>;
  private readonly allowedNames: ReadonlySet<string>;
  private readonly headers: RequestHeaderNames;

  constructor({ authorities, allowedNames, headers }: RequestHeaderSettings) {
    this.allowedNames = new Set(allowedNames);
    this.headers = lowerCased(headers);
    this.verified = new VerifiedPeers<string | undefined>(authorities, (leaf) => this.nameFault(leaf));
  }

  authenticate(peer: PeerCertificate, rawHeaders: readonly string[], now = Date.now()): AuthenticationResult {
    const reason = this.verified.answerFor(peer, now);
    if (reason !== undefined) return { kind: 'rejected', reason };
    const user = this.userIn(rawHeaders);
    return user ? { kind: 'user', user } : { kind: 'none' };
  }

  /** Whether a header is one of those that only a proxy may say anything with. */
  isOwn(name: string): boolean {
    const { username, uid, group, extraPrefixes } = this.headers;
    const lower = name.toLowerCase();
    return [...username, ...uid, ...group].includes(lower) || extraPrefixes.some((prefix) => lower.startsWith(prefix));
  }

  private nameFault(leaf: X509Certificate): string | undefined {
    const { CN } = leaf.toLegacyObject().subject as unknown as { CN?: string | string[] };
    const name = (Array.isArray(CN) ? CN.at(-1) : CN) ?? '';
    if (this.allowedNames.size === 0 || this.allowedNames.has(name)) return undefined;
    return `x509: subject with cn=${name} is not in the allowed list`;
  }

  private userIn(rawHeaders: readonly string[]): UserInfo | undefined {
    const { username, uid, group, extraPrefixes } = this.headers;
    const values = collect(rawHeaders);
    const first = (names: readonly string[]): string =>
      names.map((name) => values.get(name)?.[0] ?? '').find((value) => value !== '') ?? '';
    const name = first(username);
    if (name === '') return undefined;
    const found = first(uid);
    const groups = group.flatMap((header) => values.get(header) ?? []).filter((value) => value !== '');
    return asAuthenticated({
      name,
      ...(found ? { uid: found } : {}),
      groups,
      extra: extraIn(values, extraPrefixes),
    });
  }
}

function lowerCased(headers: RequestHeaderNames): RequestHeaderNames {
  const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());
  return {
    username: lower(headers.username),
    uid: lower(headers.uid),
    group: lower(headers.group),
    extraPrefixes: lower(headers.extraPrefixes),
  };
}

function collect(rawHeaders: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    const found = values.get(name);
    if (found) found.push(rawHeaders[at + 1] as string);
    else values.set(name, [rawHeaders[at + 1] as string]);
  }
  return values;
}

function extraIn(values: ReadonlyMap<string, string[]>, prefixes: readonly string[]): Record<string, string[]> {
  // Keys are the client's text: one of them may be __proto__.
  const extra = new Map<string, string[]>();
  for (const prefix of prefixes) {
    for (const [header, found] of values) {
      if (!header.startsWith(prefix)) continue;
      const key = unescapeHeaderKey(header.slice(prefix.length));
      extra.set(key, [...(extra.get(key) ?? []), ...found]);
    }
  }
  return Object.fromEntries(extra);
}

/** What a header's name cannot hold stands in it in percent; a key that is no such text is taken as it is. */
export function unescapeHeaderKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
