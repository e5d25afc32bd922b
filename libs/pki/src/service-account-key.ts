import { generateKeyPairSync } from 'node:crypto';

export interface ServiceAccountKey {
  privateKeyPem: string;
  publicKeyPem: string;
}

/** The key that signs service account tokens, ES256. */
export function createServiceAccountKey(): ServiceAccountKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}
