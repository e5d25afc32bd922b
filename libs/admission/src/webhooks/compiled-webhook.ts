import { webhooksOf, type DeepReadonly, type Webhook, type WebhookConfiguration } from '@nestor/api';
import type { AdmissionRequest } from '../admission-plugin';
import { compileCriteria, type CompiledCriteria } from '../matching';

/** The matchConditions of a webhook, compiled. Throws where one of them cannot be evaluated. */
export type MatchConditions = (request: AdmissionRequest) => Promise<boolean> | boolean;
export type MatchConditionsCompiler = (conditions: NonNullable<Webhook['matchConditions']>) => MatchConditions;

/** A webhook with what every request to it needs worked out once. */
export interface CompiledWebhook {
  /** Of this webhook among all of its type. */
  readonly uid: string;
  readonly configuration: string;
  readonly webhook: Webhook;
  readonly criteria: CompiledCriteria;
  readonly conditions?: MatchConditions;
}

/** All webhooks of these configurations in the order they are called: by the configuration's name, then as listed. */
export function compileWebhooks(
  configurations: readonly DeepReadonly<WebhookConfiguration>[],
  compile: MatchConditionsCompiler,
): CompiledWebhook[] {
  return [...configurations].sort(byName).flatMap((configuration) => {
    const name = configuration.metadata.name ?? '';
    const seen = new Map<string, number>();
    return webhooksOf(configuration).map((webhook) => {
      const nth = seen.get(webhook.name) ?? 0;
      seen.set(webhook.name, nth + 1);
      return compileWebhook(webhook, { name, uid: `${name}/${webhook.name}/${nth}`, compile });
    });
  });
}

function compileWebhook(
  webhook: Webhook,
  { name, uid, compile }: { name: string; uid: string; compile: MatchConditionsCompiler },
): CompiledWebhook {
  return {
    uid,
    configuration: name,
    webhook,
    criteria: compileCriteria({ ...webhook, rules: webhook.rules ?? [] }),
    ...(webhook.matchConditions?.length ? { conditions: compile(webhook.matchConditions) } : {}),
  };
}

const byName = (a: DeepReadonly<WebhookConfiguration>, b: DeepReadonly<WebhookConfiguration>): number =>
  (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
