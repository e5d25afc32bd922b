import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest, DeepReadonly } from '@nestor/api';

const hour = 3_600_000;
const pendingMs = 24 * hour;
const settledMs = hour;

type Request = DeepReadonly<CertificateSigningRequest>;

/** Whether a request is of no more use: nobody decided on it for a day, it was decided an hour ago, or it is expired. */
export function isStale({ metadata, status }: Request, now: number): boolean {
  const conditions = status?.conditions ?? [];
  const age = (time: string | Date | undefined): number => now - new Date(time ?? now).getTime();
  if (conditions.length === 0 && !status?.certificate) return age(metadata.creationTimestamp) > pendingMs;
  const isSettled = conditions.some(
    ({ type, lastUpdateTime }) => ['Approved', 'Denied', 'Failed'].includes(type) && age(lastUpdateTime) > settledMs,
  );
  return isSettled || isExpired(status?.certificate, now);
}

function isExpired(certificate: string | undefined, now: number): boolean {
  if (!certificate) return false;
  try {
    return Date.parse(new X509Certificate(Buffer.from(certificate, 'base64')).validTo) < now;
  } catch {
    // Some other signer's idea of a certificate: only time takes it away.
    return false;
  }
}
