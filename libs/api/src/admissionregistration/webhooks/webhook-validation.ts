import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { DeepReadonly, MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../../meta/json-types';
import { validateLabelSelector } from '../../meta/label-selector';
import type { LabelSelector } from '../../meta/json-types';
import { isDns1035Label, isDns1123Subdomain } from '../../meta/names';
import { semanticEqual } from '../../meta/semantic-equal';
import { invalidEach } from '../../validation/checks';
import { validateMatchConditions } from '../match-conditions-validation';
import { validateMatchRule } from '../match-rule-validation';
import { validateWebhookClient } from './webhook-client-validation';

export type WebhookConfiguration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration;
type Webhooks<T> = NonNullable<T extends { webhooks?: readonly (infer One)[] } ? One : never>;
/** A webhook of either kind; reinvocationPolicy is there with mutating ones only. */
export type Webhook = DeepReadonly<
  Webhooks<ValidatingWebhookConfiguration> & Partial<Webhooks<MutatingWebhookConfiguration>>
>;

const failurePolicies = ['Fail', 'Ignore'];
const matchPolicies = ['Equivalent', 'Exact'];
const reinvocationPolicies = ['IfNeeded', 'Never'];
const harmless = ['None', 'NoneOnDryRun'];
const sideEffectClasses = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];
const reviewVersions = ['v1', 'v1beta1'];

export const webhooksOf = (configuration: DeepReadonly<WebhookConfiguration>): readonly Webhook[] =>
  configuration.webhooks ?? [];

/** What is asked of new configurations, and of old ones as far as they met it already. */
interface Demands {
  harmless: boolean;
  knownVersion: boolean;
  uniqueNames: boolean;
  matchConditions: boolean;
}
const all: Demands = { harmless: true, knownVersion: true, uniqueNames: true, matchConditions: true };

export const validateWebhooks = (configuration: WebhookConfiguration): FieldError[] => validate(configuration, all);

export function validateWebhooksUpdate(
  configuration: WebhookConfiguration,
  old: Readonly<WebhookConfiguration>,
): FieldError[] {
  const [next, before] = [webhooksOf(configuration), webhooksOf(old)];
  return validate(configuration, {
    harmless: before.every(({ sideEffects }) => harmless.includes(sideEffects)),
    knownVersion: before.every(
      ({ admissionReviewVersions: versions = [] }) => versions.length === 0 || knows(versions),
    ),
    uniqueNames: new Set(before.map(({ name }) => name)).size === before.length,
    matchConditions:
      next.length !== before.length ||
      next.some(({ matchConditions }, index) => !semanticEqual(matchConditions, before[index]?.matchConditions)),
  });
}

function validate(configuration: WebhookConfiguration, demands: Demands): FieldError[] {
  const names = new Set<string>();
  return webhooksOf(configuration).flatMap((webhook, index) => {
    const path = `webhooks[${index}]`;
    const errors = [
      ...validateWebhook(webhook, demands, path),
      ...validateVersions(webhook.admissionReviewVersions ?? [], demands, `${path}.admissionReviewVersions`),
    ];
    if (demands.uniqueNames && names.has(webhook.name)) errors.push(field.duplicate(`${path}.name`, webhook.name));
    if (webhook.name) names.add(webhook.name);
    return errors;
  });
}

function validateWebhook(webhook: Webhook, demands: Demands, path: string): FieldError[] {
  return [
    ...validateName(webhook.name, `${path}.name`),
    ...(webhook.rules ?? []).flatMap((rule, index) => validateMatchRule(rule, `${path}.rules[${index}]`)),
    ...oneOf(webhook.failurePolicy, failurePolicies, `${path}.failurePolicy`),
    ...oneOf(webhook.matchPolicy, matchPolicies, `${path}.matchPolicy`),
    ...validateSideEffects(webhook.sideEffects, demands.harmless ? harmless : sideEffectClasses, `${path}.sideEffects`),
    ...validateTimeout(webhook.timeoutSeconds, `${path}.timeoutSeconds`),
    ...validateSelector(webhook.namespaceSelector, `${path}.namespaceSelector`),
    ...validateSelector(webhook.objectSelector, `${path}.objectSelector`),
    ...oneOf(webhook.reinvocationPolicy, reinvocationPolicies, `${path}.reinvocationPolicy`),
    ...validateWebhookClient(webhook.clientConfig ?? {}, `${path}.clientConfig`),
    ...(demands.matchConditions ? validateMatchConditions(webhook.matchConditions, `${path}.matchConditions`) : []),
  ];
}

/** validation.IsFullyQualifiedName. */
function validateName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [field.required(path)];
  const problems = isDns1123Subdomain(name);
  if (problems.length > 0) return [field.invalid(path, name, problems.join(','))];
  return name.split('.').length < 3
    ? [field.invalid(path, name, 'should be a domain with at least three segments separated by dots')]
    : [];
}

const oneOf = (value: string | undefined, supported: readonly string[], path: string): FieldError[] =>
  value === undefined || supported.includes(value) ? [] : [field.notSupported(path, value, supported)];

function validateSideEffects(value: string | undefined, supported: readonly string[], path: string): FieldError[] {
  if (!value) return [field.required(path, `must specify one of ${supported.join(', ')}`)];
  return oneOf(value, supported, path);
}

function validateTimeout(seconds: number | undefined, path: string): FieldError[] {
  return seconds === undefined || (seconds >= 1 && seconds <= 30)
    ? []
    : [field.invalid(path, seconds, 'the timeout value must be between 1 and 30 seconds')];
}

const validateSelector = (selector: DeepReadonly<LabelSelector> | undefined, path: string): FieldError[] =>
  selector ? validateLabelSelector(selector as LabelSelector, path) : [];

const knows = (versions: readonly string[]): boolean => versions.some((version) => reviewVersions.includes(version));

function validateVersions(versions: readonly string[], { knownVersion }: Demands, path: string): FieldError[] {
  const known = reviewVersions.join(', ');
  if (versions.length === 0) return [field.required(path, `must specify one of ${known}`)];
  const errors = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [field.invalid(`${path}[${index}]`, version, 'duplicate version')]
      : invalidEach(version, isDns1035Label(version), `${path}[${index}]`),
  );
  if (knownVersion && !knows(versions)) {
    errors.push(field.invalid(path, versions, `must include at least one of ${known}`));
  }
  return errors;
}
