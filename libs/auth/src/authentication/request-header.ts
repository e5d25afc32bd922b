import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { UserInfo, withAuthenticatedGroup } from '../user';

const clientAuth = '1.3.6.1.5.5.7.3.2';
const extraPrefix = 'x-remote-extra-';

export interface RequestHeaderSettings {
  /** Certificates of the authority that signs proxies, PEM. */
  caPem: string;
  /** Those of the authority that signs clients. */
  clientCaPem: string;
  /** Names that proxies may have; none allows any. */
  allowedNames: readonly string[];
}

interface Peer {
  /** May say for whom it asks. */
  isProxy: boolean;
  /** No client's certificate: what it names is nobody here. */
  isForeign: boolean;
}

const stranger: Peer = { isProxy: false, isForeign: false };

/**
 * Believes a front proxy for whom it asks: the caller is who the X-Remote headers name, if the connection's certificate
 * is a proxy's (k8s.io/apiserver headerrequest). From anybody else the headers mean nothing.
 */
export class RequestHeaderAuthenticator {
  private readonly proxies: X509Certificate[];
  private readonly clients: X509Certificate[];
  private readonly allowedNames: ReadonlySet<string>;
  /** A handshake proves a certificate once. */
  private readonly known = new WeakMap<TLSSocket, Peer>();

  constructor({ caPem, clientCaPem, allowedNames }: RequestHeaderSettings) {
    this.proxies = certificatesIn(caPem);
    this.clients = certificatesIn(clientCaPem);
    if (this.proxies.length === 0) throw new Error('the request header CA holds no certificate');
    this.allowedNames = new Set(allowedNames);
  }

  /** Undefined where there is no proxy or it names nobody. */
  authenticate(socket: TLSSocket, rawHeaders: readonly string[]): UserInfo | undefined {
    return this.peerOf(socket).isProxy ? userIn(rawHeaders) : undefined;
  }

  /** A certificate that the authority of proxies alone has signed is none that a client could show. */
  isForeign(socket: TLSSocket): boolean {
    return this.peerOf(socket).isForeign;
  }

  private peerOf(socket: TLSSocket): Peer {
    const known = this.known.get(socket);
    if (known) return known;
    const certificate = socket.getPeerX509Certificate();
    const peer = certificate && isSigned(certificate, this.proxies) ? this.judge(certificate) : stranger;
    this.known.set(socket, peer);
    return peer;
  }

  private judge(certificate: X509Certificate): Peer {
    const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '';
    // What Node calls key usage is the extended one.
    const isClient = certificate.keyUsage?.includes(clientAuth) ?? false;
    const isAllowed = this.allowedNames.size === 0 || this.allowedNames.has(name);
    return { isProxy: isClient && isAllowed, isForeign: !isSigned(certificate, this.clients) };
  }
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function isSigned(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  const now = Date.now();
  if (Date.parse(certificate.validFrom) > now || Date.parse(certificate.validTo) < now) return false;
  return authorities.some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
}

function userIn(rawHeaders: readonly string[]): UserInfo | undefined {
  let name = '';
  let uid = '';
  const groups: string[] = [];
  const extra: Record<string, string[]> = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const header = (rawHeaders[at] as string).toLowerCase();
    const value = rawHeaders[at + 1] as string;
    if (header === 'x-remote-user') name ||= value;
    else if (header === 'x-remote-uid') uid ||= value;
    else if (header === 'x-remote-group') groups.push(value);
    else if (header.startsWith(extraPrefix)) (extra[unescapeKey(header.slice(extraPrefix.length))] ??= []).push(value);
  }
  if (name === '') return undefined;
  return { name, ...(uid ? { uid } : {}), groups: withAuthenticatedGroup(groups), extra };
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
