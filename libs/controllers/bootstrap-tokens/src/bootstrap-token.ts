import type { DeepReadonly, Secret } from '@nestor/api';
import { bootstrapTokenName, bootstrapTokenNamespace, bootstrapTokenType } from '@nestor/formats';
import { detachedSignature, signaturePrefix } from '@nestor/pki';

/** Of all Secrets, the controllers of bootstrap tokens hold these alone. */
export const tokenSecrets = { namespace: bootstrapTokenNamespace, fieldSelector: `type=${bootstrapTokenType}` };

type Stored = DeepReadonly<Secret>;

const isToken = ({ type, metadata }: Stored): boolean =>
  type === bootstrapTokenType && metadata.namespace === bootstrapTokenNamespace;

function valueOf({ data }: Stored, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString('utf8');
}

/** Milliseconds that a token has left to live; undefined for one that lives for ever and for what is no token. */
export function remainingLifeMs(secret: Stored, now: number): number | undefined {
  const expiration = valueOf(secret, 'expiration');
  if (!isToken(secret) || expiration === '') return undefined;
  const end = Date.parse(expiration);
  // A time that cannot be read counts as over, for safety.
  return Number.isNaN(end) ? 0 : Math.max(0, end - now);
}

/** The tokens that may sign, by id. */
function signingKeys(secrets: readonly Stored[], now: number): Map<string, string> {
  const keys = new Map<string, string>();
  for (const secret of secrets) {
    const [id, key] = [valueOf(secret, 'token-id'), valueOf(secret, 'token-secret')];
    if (!isToken(secret) || !id || !key || secret.metadata.name !== bootstrapTokenName(id)) continue;
    if (remainingLifeMs(secret, now) === 0 || valueOf(secret, 'usage-bootstrap-signing') !== 'true') continue;
    keys.set(id, key);
  }
  return keys;
}

/** cluster-info's data with one signature for each token that may sign, and no other. */
export function signedData(
  data: Readonly<Record<string, string>>,
  secrets: readonly Stored[],
  now: number,
): Record<string, string> | undefined {
  const content = data['kubeconfig'];
  if (content === undefined) return undefined;
  const wanted = Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith(signaturePrefix)));
  for (const [id, key] of signingKeys(secrets, now)) {
    wanted[signaturePrefix + id] = detachedSignature(content, { id, secret: key });
  }
  const isSame =
    Object.keys(wanted).length === Object.keys(data).length &&
    Object.entries(wanted).every(([key, value]) => data[key] === value);
  return isSame ? undefined : wanted;
}
