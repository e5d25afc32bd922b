export interface Key {
  name: string;
  /** Base64. */
  secret: string;
}

export interface KmsProvider {
  apiVersion?: string;
  name: string;
  /** unix:///path of the plugin's socket. */
  endpoint: string;
  /** As Go writes durations; 3s by default. */
  timeout?: string;
  cachesize?: number;
}

/** One provider: exactly one of these is set. */
export interface ProviderConfiguration {
  aesgcm?: { keys: Key[] };
  aescbc?: { keys: Key[] };
  secretbox?: { keys: Key[] };
  identity?: Record<string, never>;
  kms?: KmsProvider;
}

export interface ResourceConfiguration {
  /** secrets, deployments.apps, *.apps, *. (core), *.* */
  resources: string[];
  /** The first writes, any of them reads. */
  providers: ProviderConfiguration[];
}

/** apiserver.config.k8s.io/v1 EncryptionConfiguration. */
export interface EncryptionConfiguration {
  resources: ResourceConfiguration[];
}

export const providerKinds = ['kms', 'aesgcm', 'aescbc', 'secretbox', 'identity'] as const;
