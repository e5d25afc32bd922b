import type { ApiObject, MutatingWebhookConfiguration } from '../../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../../registry/define-kind';
import type { ResourceDefinition } from '../../resource-definition';
import { validateWebhooks, validateWebhooksUpdate, webhooksOf } from './webhook-validation';

type MutatingWebhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number];

function setWebhookDefaults(webhook: MutatingWebhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
}

function webhookConfiguration(kind: string, setDefaults: (webhook: MutatingWebhook) => void): ResourceDefinition {
  return defineKind({
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    categories: ['api-extensions'],
    namespaced: false,
    definition: `io.k8s.api.admissionregistration.v1.${kind}`,
    hasGeneration: true,
    strategy: {
      setDefaults: (object: ApiObject) =>
        ((object as MutatingWebhookConfiguration).webhooks ?? []).forEach((webhook) => {
          setWebhookDefaults(webhook);
          setDefaults(webhook);
        }),
      validate: (object: ApiObject) => validateWebhooks(object),
      validateUpdate: (object: ApiObject, old: ApiObject) => validateWebhooksUpdate(object, old),
    },
    columns: [
      nameColumn,
      column('Webhooks', 'integer', 'Webhooks indicates the number of webhooks registered in this configuration'),
      ageColumn,
    ],
    cells: (object: ApiObject, now: Date) => [object.metadata.name, webhooksOf(object).length, age(object, now)],
  });
}

/** Webhooks that may change what is written, called one after another. */
export const mutatingWebhookConfigurationDefinition = webhookConfiguration(
  'MutatingWebhookConfiguration',
  (webhook) => void (webhook.reinvocationPolicy ??= 'Never'),
);

/** Webhooks that judge what is written, called at the same time. */
export const validatingWebhookConfigurationDefinition = webhookConfiguration(
  'ValidatingWebhookConfiguration',
  () => undefined,
);
