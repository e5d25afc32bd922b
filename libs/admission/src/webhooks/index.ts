export {
  compileWebhooks,
  type CompiledWebhook,
  type MatchConditions,
  type MatchConditionsCompiler,
} from './compiled-webhook';
export {
  noCredentials,
  webhookCredentials,
  type KubeconfigUser,
  type CredentialsFor,
  type WebhookCredentials,
} from './webhook-credentials';
export { readAnswer } from './read-answer';
export { WebhookClient, type ServiceLocator } from './webhook-client';
export { MutatingWebhookPlugin } from './mutating-webhook.plugin';
export { ValidatingWebhookPlugin } from './validating-webhook.plugin';
export type { ObjectForms, WebhookSource } from './webhook-invocation';
