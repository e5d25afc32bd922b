import { X509Certificate } from 'node:crypto';
import { readExtensions, type CertificateExtensions } from './certificate-extensions';

/** Whether a certificate is believed, and until when that is so as long as the authorities are the same. */
export type Verification = { isGood: true; untilMs: number } | { isGood: false; reason: string; untilMs: number };

const clientAuth = '1.3.6.1.5.5.7.3.2';
const anyUsage = '2.5.29.37.0';
/** A client may show certificates that all seem to have signed each other: the search among them must end. */
const maxSignatures = 100;
/** A refusal that tells the time is told anew after this, so that the time in it is true. */
const tellTimeMs = 1000;
const outOfTime = 'certificate has expired or is not yet valid';
const tooMany = 'signature check attempts limit reached while verifying certificate chain';
/** RSA and ECDSA with SHA-2, and Ed25519: what Go's crypto/x509 takes. */
const soundAlgorithms: ReadonlySet<string> = new Set([
  ...['10', '11', '12', '13'].map((number) => `1.2.840.113549.1.1.${number}`),
  ...['2', '3', '4'].map((number) => `1.2.840.10045.4.3.${number}`),
  '1.3.101.112',
]);

/**
 * The authorities that sign one sort of client (crypto/x509 Verify with the usage of a client). They can be replaced while
 * connections stand: `generation` tells a kept answer that it is of others.
 */
export class CertificateAuthorities {
  private roots: readonly X509Certificate[] = [];
  generation = 0;

  constructor(pem: string) {
    this.replace(pem);
  }

  /** Throws, and changes nothing, where the text holds no certificate. */
  replace(pem: string): void {
    const roots = certificatesIn(pem);
    if (roots.length === 0) throw new Error('data does not contain any valid RSA or ECDSA certificates');
    this.roots = roots;
    this.generation++;
  }

  verify(leaf: X509Certificate, intermediates: readonly X509Certificate[], now = Date.now()): Verification {
    const refused = (reason: string): Verification => ({
      isGood: false,
      reason: `x509: ${reason}`,
      untilMs: reason.startsWith(outOfTime)
        ? now + tellTimeMs
        : untilNext([leaf, ...intermediates, ...this.roots], now),
    });
    try {
      const path = this.pathFrom([leaf], { intermediates, now, signaturesLeft: maxSignatures });
      if (typeof path === 'string') return refused(path);
      if (!mayBeClient(path)) return refused('certificate specifies an incompatible key usage');
      return { isGood: true, untilMs: Math.min(...path.map(({ validTo }) => Date.parse(validTo))) };
    } catch (error) {
      return refused((error as Error).message);
    }
  }

  /** From the leaf to one of the authorities, or why there is no way. */
  private pathFrom(path: readonly X509Certificate[], search: Search): readonly X509Certificate[] | string {
    const last = path.at(-1)!;
    const fault = faultOf(last, path.length - 1, search.now);
    if (fault) return fault;
    if (this.roots.some((root) => root.raw.equals(last.raw))) return path;
    let reason = 'certificate signed by unknown authority';
    const unused = search.intermediates.filter((one) => !path.some((used) => used.raw.equals(one.raw)));
    for (const candidate of [...this.roots, ...unused]) {
      if (!hasSigned(candidate, last, search)) continue;
      const further = this.pathFrom([...path, candidate], search);
      if (typeof further !== 'string') return further;
      reason = further;
    }
    return reason;
  }
}

interface Search {
  readonly intermediates: readonly X509Certificate[];
  readonly now: number;
  signaturesLeft: number;
}

export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** For how long none of the certificates begins or ends to be valid. */
function untilNext(certificates: readonly X509Certificate[], now: number): number {
  const turns = certificates.flatMap(({ validFrom, validTo }) => [Date.parse(validFrom) - 1, Date.parse(validTo)]);
  return Math.min(...turns.filter((turn) => turn >= now));
}

function hasSigned(authority: X509Certificate, certificate: X509Certificate, search: Search): boolean {
  if (!certificate.checkIssued(authority)) return false;
  if (search.signaturesLeft-- <= 0) throw new Error(tooMany);
  return soundAlgorithms.has(extensionsOf(certificate).signatureAlgorithm) && certificate.verify(authority.publicKey);
}

/** Why a certificate cannot stand at its place in a path. */
function faultOf(certificate: X509Certificate, place: number, now: number): string | undefined {
  const { hasUnknownCritical, pathLength } = extensionsOf(certificate);
  if (hasUnknownCritical) return 'unhandled critical extension';
  const time = validityFault(certificate, now);
  if (time) return `${outOfTime}: current time ${new Date(now).toUTCString()} is ${time}`;
  if (place === 0) return undefined;
  if (!certificate.ca) return 'certificate is not authorized to sign other certificates';
  // The leaf itself is no intermediate.
  if (pathLength !== undefined && place - 1 > pathLength) return 'too many intermediates for path length constraint';
  return undefined;
}

/** A time that cannot be read compares with nothing, and so is a fault. */
function validityFault({ validFrom, validTo }: X509Certificate, now: number): string | undefined {
  if (!(now >= Date.parse(validFrom))) return `before ${validFrom}`;
  return now <= Date.parse(validTo) ? undefined : `after ${validTo}`;
}

/** Every certificate that says what it is for must allow clients. Node calls the extended usage keyUsage. */
function mayBeClient(path: readonly X509Certificate[]): boolean {
  return path.every(({ keyUsage }) => {
    const usages = keyUsage as readonly string[] | undefined;
    return usages === undefined || usages.includes(clientAuth) || usages.includes(anyUsage);
  });
}

const known = new WeakMap<X509Certificate, CertificateExtensions>();

function extensionsOf(certificate: X509Certificate): CertificateExtensions {
  let found = known.get(certificate);
  if (!found) known.set(certificate, (found = readExtensions(certificate)));
  return found;
}
