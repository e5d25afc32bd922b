import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { DeepReadonly, Secret, ServiceAccount } from '@nestor/api';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claim = (name: string): string => `kubernetes.io/serviceaccount/${name}`;

/** Signs tokens without an end: only their Secret's or their account's makes them worthless. */
export function tokenSigner(
  pem: string | Buffer,
): (secret: DeepReadonly<Secret>, account: DeepReadonly<ServiceAccount>) => string {
  const key = createPrivateKey(pem);
  const publicDer = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const alg = key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256';
  const header = encode({ alg, kid: createHash('sha256').update(publicDer).digest('base64url') });
  return (secret, account) => {
    const { name = '', namespace = '', uid = '' } = account.metadata;
    const claims = {
      iss: 'kubernetes/serviceaccount',
      [claim('namespace')]: namespace,
      [claim('secret.name')]: secret.metadata.name,
      [claim('service-account.name')]: name,
      [claim('service-account.uid')]: uid,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const signed = `${header}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
}
