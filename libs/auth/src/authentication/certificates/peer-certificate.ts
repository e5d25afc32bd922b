import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** What the other end of a connection showed, with the certificates between it and its authority. */
export interface PeerCertificate {
  leaf: X509Certificate;
  intermediates: readonly X509Certificate[];
  /** When the leaf ends, in milliseconds since 1970. */
  endsAt: number;
}

const maxRemembered = 1024;

/**
 * Reads what clients show, once for each connection. A resumed TLS session has only the leaf left, so what came with a
 * leaf before is remembered by its fingerprint; sessions end with the process, as this does.
 */
export class PeerCertificates {
  private readonly known = new WeakMap<TLSSocket, PeerCertificate | 'none'>();
  private readonly remembered = new Map<string, readonly X509Certificate[]>();

  of(socket: TLSSocket): PeerCertificate | undefined {
    let found = this.known.get(socket);
    if (found === undefined) this.known.set(socket, (found = this.read(socket)));
    return found === 'none' ? undefined : found;
  }

  private read(socket: TLSSocket): PeerCertificate | 'none' {
    const leaf = socket.getPeerX509Certificate();
    if (!leaf) return 'none';
    const intermediates: X509Certificate[] = [];
    for (let next = leaf.issuerCertificate; next; next = next.issuerCertificate) intermediates.push(next);
    if (intermediates.length > 0) this.remember(leaf.fingerprint256, intermediates);
    return {
      leaf,
      intermediates: this.remembered.get(leaf.fingerprint256) ?? intermediates,
      endsAt: Date.parse(leaf.validTo),
    };
  }

  private remember(fingerprint: string, intermediates: readonly X509Certificate[]): void {
    this.remembered.delete(fingerprint);
    if (this.remembered.size >= maxRemembered) this.remembered.delete(this.remembered.keys().next().value as string);
    this.remembered.set(fingerprint, intermediates);
  }
}
