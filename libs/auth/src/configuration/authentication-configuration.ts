import type { AnonymousSettings } from '../authentication/anonymous';

/** apiserver.config.k8s.io/v1 AuthenticationConfiguration. */
export interface AuthenticationConfiguration {
  anonymous?: AnonymousSettings;
}
