import { nameOfMode, type AuthorizationConfiguration, type AuthorizationWebhook } from '@nestor/auth';
import { goDurationMs } from '@nestor/formats';
import type { AuthorizationConfig } from './authorization.config';

/** The configuration that the flags come to (options buildAuthorizationConfiguration). Throws where they do not fit together. */
export function flagConfiguration(config: AuthorizationConfig): AuthorizationConfiguration {
  const { authorizationMode: modes = ['Node', 'RBAC'], authorizationWebhookConfigFile: file } = config;
  if (modes.includes('Webhook') && !file) {
    throw new Error("authorization-mode Webhook's authorization config file not passed");
  }
  if (file && !modes.includes('Webhook')) {
    throw new Error('cannot specify --authorization-webhook-config-file without mode Webhook');
  }
  return {
    authorizers: modes.map((type) =>
      type === 'Webhook' ? { type, name: 'default', webhook: webhookOf(config) } : { type, name: nameOfMode(type) },
    ),
  };
}

/** A file says all of it, or none. */
export function checkFileStandsAlone(config: AuthorizationConfig): void {
  const { authorizationMode, authorizationWebhookConfigFile, authorizationWebhookVersion } = config;
  const { authorizationWebhookCacheAuthorizedTtl, authorizationWebhookCacheUnauthorizedTtl } = config;
  const others = [
    authorizationMode,
    authorizationWebhookConfigFile,
    authorizationWebhookVersion,
    authorizationWebhookCacheAuthorizedTtl,
    authorizationWebhookCacheUnauthorizedTtl,
  ];
  if (others.every((given) => given === undefined)) return;
  throw new Error(
    '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
  );
}

/** Nothing is remembered where its time is 0. */
function webhookOf({
  authorizationWebhookConfigFile: kubeConfigFile,
  authorizationWebhookVersion: subjectAccessReviewVersion = 'v1beta1',
  authorizationWebhookCacheAuthorizedTtl: authorizedTTL = '5m0s',
  authorizationWebhookCacheUnauthorizedTtl: unauthorizedTTL = '30s',
}: AuthorizationConfig): AuthorizationWebhook {
  return {
    authorizedTTL,
    cacheAuthorizedRequests: goDurationMs(authorizedTTL) !== 0,
    unauthorizedTTL,
    cacheUnauthorizedRequests: goDurationMs(unauthorizedTTL) !== 0,
    timeout: '30s',
    failurePolicy: 'NoOpinion',
    subjectAccessReviewVersion,
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile },
  };
}
