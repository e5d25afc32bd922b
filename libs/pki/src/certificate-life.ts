import { X509Certificate } from 'node:crypto';

/** From when to when a certificate is good, in milliseconds. */
export interface CertificateLife {
  notBefore: number;
  notAfter: number;
}

export function lifeOf(certificatePem: string): CertificateLife {
  const { validFrom, validTo } = new X509Certificate(certificatePem);
  return { notBefore: Date.parse(validFrom), notAfter: Date.parse(validTo) };
}

/**
 * When a certificate is to be renewed: after 70 to 90 per cent of its life (jitteryDuration of client-go), so that nodes
 * which came together do not all come back together.
 */
export function rotationDeadline({ notBefore, notAfter }: CertificateLife, random = Math.random()): number {
  return notBefore + (notAfter - notBefore) * (0.7 + 0.2 * random);
}

/** Whether so much of its life is over that it should be renewed now. The middle of the range: nobody else comes along. */
export function isDueForRenewal(life: CertificateLife, now: number): boolean {
  return now >= rotationDeadline(life, 0.5);
}
