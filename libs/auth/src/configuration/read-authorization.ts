import { aggregateMessage, fieldErrorMessage } from '@nestor/api';
import {
  nameOfMode,
  type AuthorizationConfiguration,
  type AuthorizationMode,
  type AuthorizationWebhook,
} from './authorization-configuration';
import { decodeConfiguration, type ConfigurationForm } from './decode-configuration';
import { anything, listOf, object, text, truth } from './strict-shape';
import { validateAuthorization } from './validate-authorization';

const form: ConfigurationForm = {
  kind: 'AuthorizationConfiguration',
  apiVersions: ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`),
  shape: object({
    apiVersion: text,
    kind: text,
    metadata: anything,
    authorizers: listOf(
      object({
        type: text,
        name: text,
        webhook: object({
          timeout: text,
          authorizedTTL: text,
          cacheAuthorizedRequests: truth,
          unauthorizedTTL: text,
          cacheUnauthorizedRequests: truth,
          subjectAccessReviewVersion: text,
          matchConditionSubjectAccessReviewVersion: text,
          failurePolicy: text,
          connectionInfo: object({ type: text, kubeConfigFile: text }),
          matchConditions: listOf(object({ expression: text })),
        }),
      }),
    ),
  }),
};

/**
 * Reads the text of a configuration (kubeapiserver/authorizer LoadAndValidateData). Throws an Error that names the file
 * and everything that is wrong in it. Of the types in `required` none may be missing.
 */
export function readAuthorizationConfiguration(
  content: string,
  source: string,
  required: readonly AuthorizationMode[] = [],
): AuthorizationConfiguration {
  const refuse = (why: string): Error => new Error(`authorization configuration ${source}: ${why}`);
  const decoded = decodeConfiguration(content, form, (why) =>
    refuse(`failed to load AuthorizationConfiguration from file: ${why}`),
  );
  const configuration = withDefaults(decoded as AuthorizationConfiguration);
  const errors = validateAuthorization(configuration).map(fieldErrorMessage);
  if (errors.length > 0) throw refuse(aggregateMessage(errors));
  const others = [...misnamed(configuration), ...missingTypes(configuration, required)];
  if (others.length > 0) throw refuse(aggregateMessage(others));
  return configuration;
}

function withDefaults({ authorizers }: AuthorizationConfiguration): AuthorizationConfiguration {
  return {
    authorizers: (authorizers ?? []).map(({ webhook, ...authorizer }) => ({
      ...authorizer,
      ...(webhook ? { webhook: webhookDefaults(webhook) } : {}),
    })),
  };
}

const webhookDefaults = (webhook: AuthorizationWebhook): AuthorizationWebhook => ({
  ...webhook,
  authorizedTTL: webhook.authorizedTTL || '5m0s',
  unauthorizedTTL: webhook.unauthorizedTTL || '30s',
  cacheAuthorizedRequests: webhook.cacheAuthorizedRequests ?? true,
  cacheUnauthorizedRequests: webhook.cacheUnauthorizedRequests ?? true,
});

function misnamed({ authorizers }: AuthorizationConfiguration): string[] {
  return authorizers.flatMap(({ type, name }) =>
    type === 'Webhook' || name === nameOfMode(type)
      ? []
      : [`expected name ${nameOfMode(type)} for authorizer ${type} instead of ${name}`],
  );
}

function missingTypes({ authorizers }: AuthorizationConfiguration, required: readonly AuthorizationMode[]): string[] {
  const missing = required.filter((type) => !authorizers.some((one) => one.type === type));
  return missing.length > 0 ? [`missing required types: [${missing.sort().join(' ')}]`] : [];
}
