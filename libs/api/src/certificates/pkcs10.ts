import { createPublicKey, verify } from 'node:crypto';

const header = /^-----BEGIN CERTIFICATE REQUEST-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----/m;

interface Element {
  tag: number;
  /** Head and content. */
  whole: Buffer;
  content: Buffer;
}

/** The DER elements that follow each other in a buffer. */
function elements(buffer: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < buffer.length;) {
    const tag = buffer.readUInt8(at);
    const first = buffer.readUInt8(at + 1);
    const extra = first < 0x80 ? 0 : first & 0x7f;
    const length = extra === 0 ? first : buffer.readUIntBE(at + 2, extra);
    const from = at + 2 + extra;
    if (from + length > buffer.length) throw new RangeError('truncated');
    found.push({
      tag,
      whole: buffer.subarray(at, from + length),
      content: buffer.subarray(from, from + length),
    });
    at = from + length;
  }
  return found;
}

/** Of ecdsa-with-SHA* and sha*WithRSAEncryption, by the DER of their object identifiers. */
const digests: Readonly<Record<string, string | null>> = {
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  // Ed25519 digests by itself.
  '2b6570': null,
};

/** What is wrong with a base64-wrapped, PEM-encoded PKCS#10 request, its signature included; undefined when it is fine. */
export function requestProblem(request: string): string | undefined {
  const der = derOf(request);
  if (!der) return 'PEM block type must be CERTIFICATE REQUEST';
  try {
    return isSigned(der) ? undefined : 'x509: signature is not that of the public key';
  } catch {
    return 'x509: malformed certificate request';
  }
}

const organization = '55040a';
const commonName = '550403';

/** The groups that a request asks for; throws where requestProblem has something to say. */
export const requestedOrganizations = (request: string): string[] => namesOf(request, organization);

/** The user that a request asks for, of several the last, as Go's parser takes it; throws as the groups do. */
export const requestedCommonName = (request: string): string => namesOf(request, commonName).at(-1) ?? '';

function namesOf(request: string, attribute: string): string[] {
  const [outer] = elements(derOf(request) ?? Buffer.alloc(0));
  const [info] = elements(outer!.content);
  const [, subject] = elements(info!.content);
  return elements(subject!.content).flatMap(({ content: names }) =>
    elements(names).flatMap(({ content }) => {
      const [type, value] = elements(content);
      return type!.content.toString('hex') === attribute ? [value!.content.toString('utf8')] : [];
    }),
  );
}

function derOf(request: string): Buffer | undefined {
  const pem = header.exec(Buffer.from(request, 'base64').toString('utf8'));
  return pem ? Buffer.from(pem[1] ?? '', 'base64') : undefined;
}

function isSigned(der: Buffer): boolean {
  const [outer] = elements(der);
  const [info, algorithm, signature] = elements(outer!.content);
  const [, , publicKey] = elements(info!.content);
  const [identifier] = elements(algorithm!.content);
  const digest = digests[identifier!.content.toString('hex')];
  if (digest === undefined) return false;
  const key = createPublicKey({ key: publicKey!.whole, format: 'der', type: 'spki' });
  // A bit string opens with the number of its unused bits.
  return verify(digest, info!.whole, key, signature!.content.subarray(1));
}
