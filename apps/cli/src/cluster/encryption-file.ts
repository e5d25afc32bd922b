import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const keyBytes = 32;

/** Secrets are encrypted from the first start on, with a key of this cluster's own. What is there is kept. */
export function ensureEncryptionFile(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const secret = randomBytes(keyBytes).toString('base64');
  const text = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox: { keys: [{ name: key1, secret: ${secret} }] }
      # Reads what was stored before there was a key.
      - identity: {}
`;
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
}
