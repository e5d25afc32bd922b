/** Where bootstrap tokens are kept, and as what (k8s.io/cluster-bootstrap). */
export const bootstrapTokenNamespace = 'kube-system';
export const bootstrapTokenType = 'bootstrap.kubernetes.io/token';
export const bootstrapTokenName = (id: string): string => `bootstrap-token-${id}`;

export interface BootstrapToken {
  /** Public: it names the Secret. */
  id: string;
  secret: string;
}

/** undefined for a text that is no bootstrap token. */
export function readBootstrapToken(text: string): BootstrapToken | undefined {
  const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(text) ?? [];
  return id && secret ? { id, secret } : undefined;
}
