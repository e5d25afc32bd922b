import type { X509Certificate } from 'node:crypto';
import type { CertificateAuthorities } from './certificate-authorities';
import type { PeerCertificate } from './peer-certificate';

interface Kept<Answer> {
  answer: Answer | string;
  untilMs: number;
  generation: number;
}

/**
 * What follows from a certificate that certain authorities vouch for. Kubernetes verifies with each request; here the
 * answer stays with the connection for as long as nothing it rests on has changed: the clock and the authorities.
 */
export class VerifiedPeers<Answer> {
  private readonly kept = new WeakMap<PeerCertificate, Kept<Answer>>();

  constructor(
    private readonly authorities: CertificateAuthorities,
    private readonly answer: (leaf: X509Certificate) => Answer,
  ) {}

  /** A text tells why the certificate is not believed. */
  answerFor(peer: PeerCertificate, now: number): Answer | string {
    const kept = this.kept.get(peer);
    if (kept && kept.untilMs >= now && kept.generation === this.authorities.generation) return kept.answer;
    const verification = this.authorities.verify(peer.leaf, peer.intermediates, now);
    const { generation } = this.authorities;
    const answer = verification.isGood ? this.answer(peer.leaf) : verification.reason;
    this.kept.set(peer, { answer, untilMs: verification.untilMs, generation });
    return answer;
  }
}
