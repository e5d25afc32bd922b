import type { X509Certificate } from 'node:crypto';

/** What node:crypto does not tell of a certificate and a verifier must know. */
export interface CertificateExtensions {
  /** Certificates that may stand between this authority and a leaf; undefined where there is no such limit. */
  pathLength?: number;
  /** A critical extension that nobody here understands: the certificate must not be believed. */
  hasUnknownCritical: boolean;
  /** Object identifier of the algorithm that the certificate is signed with. */
  signatureAlgorithm: string;
  subjectKeyId?: Buffer;
  authorityKeyId?: Buffer;
}

/** How a certificate is named where it is refused. */
export function identifyCertificate(certificate: X509Certificate): string {
  const hex = (id: Buffer | undefined): string =>
    id
      ?.toString('hex')
      .toUpperCase()
      .replace(/..(?=.)/g, '$&:') ?? '';
  const [, sign = '', digits = ''] = /^(-?)(.*)$/.exec(certificate.serialNumber) ?? [];
  const serial = `SN=${sign}${BigInt(`0x${digits || '0'}`)}`;
  try {
    const { subjectKeyId, authorityKeyId } = readExtensions(certificate);
    return `${serial}, SKID=${hex(subjectKeyId)}, AKID=${hex(authorityKeyId)}`;
  } catch {
    // It is being refused already, and why is said beside this.
    return serial;
  }
}

const oids = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;
const understood: ReadonlySet<string> = new Set([
  oids.keyUsage,
  oids.subjectAlternativeName,
  oids.basicConstraints,
  oids.certificatePolicies,
  oids.extendedKeyUsage,
]);
const tags = { boolean: 0x01, integer: 0x02, oid: 0x06, sequence: 0x30, extensions: 0xa3, keyId: 0x80 } as const;

interface Element {
  tag: number;
  content: Buffer;
}

/** Reads the extensions out of a certificate's DER. Throws a RangeError for bytes that are none. */
export function readExtensions({ raw }: Pick<X509Certificate, 'raw'>): CertificateExtensions {
  const [tbs, algorithm] = children(only(raw));
  const found: CertificateExtensions = {
    hasUnknownCritical: false,
    signatureAlgorithm: oidText(children(algorithm)[0]),
  };
  const holder = children(tbs).find(({ tag }) => tag === tags.extensions);
  if (!holder) return found;
  for (const extension of children(only(holder.content))) note(found, extension);
  return found;
}

function note(found: CertificateExtensions, extension: Element): void {
  const parts = children(extension);
  const oid = oidText(parts[0]);
  const isCritical = parts[1]?.tag === tags.boolean && parts[1].content[0] !== 0;
  const value = parts.at(-1)!.content;
  // Names that an authority may sign for are not judged here, so such an authority signs for nobody.
  if ((isCritical && !understood.has(oid)) || oid === oids.nameConstraints) found.hasUnknownCritical = true;
  if (oid === oids.basicConstraints) found.pathLength = pathLength(value);
  if (oid === oids.subjectKeyId) found.subjectKeyId = only(value).content;
  if (oid === oids.authorityKeyId) {
    found.authorityKeyId = children(only(value)).find(({ tag }) => tag === tags.keyId)?.content;
  }
}

function pathLength(value: Buffer): number | undefined {
  const limit = children(only(value)).find(({ tag }) => tag === tags.integer);
  return limit && limit.content.readUIntBE(0, Math.min(limit.content.length, 6));
}

function only(der: Buffer): Element {
  return readElement(der, 0).element;
}

function children(parent: Element | undefined): Element[] {
  if (!parent) throw new RangeError('the certificate ends too early');
  const found: Element[] = [];
  for (let at = 0; at < parent.content.length;) {
    const { element, end } = readElement(parent.content, at);
    found.push(element);
    at = end;
  }
  return found;
}

function readElement(der: Buffer, at: number): { element: Element; end: number } {
  const tag = der.readUInt8(at);
  const first = der.readUInt8(at + 1);
  const bytes = first < 0x80 ? 0 : first & 0x7f;
  if (bytes > 4 || first === 0x80) throw new RangeError('a length in the certificate is no DER');
  const length = bytes === 0 ? first : der.readUIntBE(at + 2, bytes);
  const start = at + 2 + bytes;
  const end = start + length;
  if (end > der.length) throw new RangeError('the certificate ends too early');
  return { element: { tag, content: der.subarray(start, end) }, end };
}

function oidText(element: Element | undefined): string {
  if (element?.tag !== tags.oid) throw new RangeError('an object identifier is missing in the certificate');
  const [first = 0, ...rest] = element.content;
  const numbers = [Math.min(Math.floor(first / 40), 2)];
  numbers.push(first - 40 * numbers[0]!);
  let value = 0;
  for (const byte of rest) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    numbers.push(value);
    value = 0;
  }
  return numbers.join('.');
}
