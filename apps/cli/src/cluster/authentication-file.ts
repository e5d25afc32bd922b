import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const content = `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous:
  enabled: true
  # Who shows no credentials gets no further than these.
  conditions:
    - path: /healthz
    - path: /livez
    - path: /readyz
    # Where a joining node finds the cluster's CA, signed with its bootstrap token.
    - path: /api/v1/namespaces/kube-public/configmaps/cluster-info
`;

/** Callers without credentials may ask whether the server is well, and little else. What is there is kept. */
export function ensureAuthenticationFile(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
}
