import { AnswerError, ApiObject, DeepReadonly, forbidden, internalError } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import { AdmissionRequest, resourceOf } from '../admission-plugin';
import type { EquivalentResources, Matched, RequestMatcher } from '../matching';
import { admissionReview, Verdict, verdictOf } from './admission-review';
import type { CompiledWebhook } from './compiled-webhook';
import type { WebhookClient } from './webhook-client';
import { dryRunUnsupported, refusal, WebhookCallError, WebhookRejection } from './webhook-errors';
import { observeCall, type WebhookType } from './webhook-metrics';

const log = createLogger('webhooks');

/** The webhooks that are configured now. */
export interface WebhookSource {
  readonly webhooks: readonly CompiledWebhook[];
}

/** What a webhook's patch leaves must become an object of its kind again. */
export interface ObjectForms extends EquivalentResources {
  /** Typed, pruned and defaulted as a body is when it is decoded; throws where it does not fit. */
  complete(object: ApiObject, resource: AdmissionRequest): ApiObject;
}

export interface WebhookDependencies {
  source: WebhookSource;
  matcher: RequestMatcher;
  forms: ObjectForms;
  client: WebhookClient;
}

/** Whether a webhook is to be asked about a request, and in which form. */
export async function matchedBy(
  { matcher }: WebhookDependencies,
  { criteria, conditions, webhook }: CompiledWebhook,
  request: AdmissionRequest,
): Promise<Matched | undefined> {
  const matched = await matcher.match(criteria, request);
  if (!matched || !conditions) return matched;
  try {
    return (await conditions(request)) ? matched : undefined;
  } catch (error) {
    if (webhook.failurePolicy === 'Ignore') return undefined;
    log.warn({ error }, 'cannot evaluate the match conditions of a webhook, failing closed');
    const { group, resource, name } = request;
    throw forbidden({ group, resource }, name, error instanceof Error ? error.message : String(error));
  }
}

export interface Invocation {
  hook: CompiledWebhook;
  matched: Matched;
  request: AdmissionRequest;
  type: WebhookType;
}

/** Asks one webhook. undefined: it could not be asked, and its failurePolicy is to go on without. */
export async function invoke(dependencies: WebhookDependencies, invocation: Invocation): Promise<Verdict | undefined> {
  const { hook, request, type } = invocation;
  const { name, failurePolicy } = hook.webhook;
  const started = performance.now();
  const observe = (error: unknown, ignored: boolean): void =>
    observeCall({ name, type, operation: request.operation, ms: performance.now() - started, error, ignored });
  try {
    const verdict = await ask(dependencies, invocation);
    observe(undefined, false);
    return verdict;
  } catch (error) {
    const isCallError = error instanceof WebhookCallError;
    const ignored = isCallError && failurePolicy === 'Ignore';
    observe(error, ignored);
    if (isCallError)
      log.warn({ error, webhook: name }, `cannot call a webhook, failing ${ignored ? 'open' : 'closed'}`);
    if (ignored) return undefined;
    if (isCallError) throw internalError(error.message, error);
    throw error instanceof WebhookRejection ? error.error : error;
  }
}

async function ask({ client, forms }: WebhookDependencies, invocation: Invocation): Promise<Verdict> {
  const { hook, matched, request, type } = invocation;
  const { name, sideEffects, clientConfig, admissionReviewVersions, timeoutSeconds = 10 } = hook.webhook;
  if (request.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') throw dryRunUnsupported(name);
  const inForm = (object?: DeepReadonly<ApiObject>): ApiObject | undefined =>
    object && forms.convert(object, resourceOf(request), matched.resource);
  const failed = (what: string, code: number) => (error: unknown) =>
    new WebhookCallError(name, `${what}: ${error instanceof Error ? error.message : String(error)}`, code, error);
  const review = attempt(
    () =>
      admissionReview(admissionReviewVersions, {
        request,
        matched,
        object: inForm(request.object),
        old: inForm(request.old),
      }),
    failed('could not create admission objects', 400),
  );
  const answer = await client.post(clientConfig, review.body, timeoutSeconds).catch((error: unknown) => {
    throw failed('failed to call webhook', error instanceof AnswerError ? error.code : 503)(error);
  });
  const verdict = attempt(
    () => verdictOf(review, answer, type === 'admit'),
    failed('received invalid webhook response', 503),
  );
  for (const [key, value] of Object.entries(verdict.auditAnnotations)) request.annotate?.(`${name}/${key}`, value);
  for (const text of verdict.warnings) request.warn(text);
  if (!verdict.allowed) throw new WebhookRejection(refusal(name, verdict.result));
  return verdict;
}

function attempt<T>(make: () => T, failed: (error: unknown) => Error): T {
  try {
    return make();
  } catch (error) {
    throw failed(error);
  }
}
