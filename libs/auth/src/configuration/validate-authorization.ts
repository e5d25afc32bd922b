import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { field, type FieldError } from '@nestor/api';
import { formatGoDuration, isDns1123Subdomain, parseGoDuration } from '@nestor/formats';
import { compileMatchCondition } from '../authorization/webhook/match-conditions';
import { reviewVersions } from '../webhook/review-version';
import {
  authorizationModes,
  type AuthorizationConfiguration,
  type AuthorizationWebhook,
  type AuthorizerConfiguration,
  type WebhookConnectionInfo,
  type WebhookMatchCondition,
} from './authorization-configuration';

const maxTimeoutMs = 30_000;
const maxConditions = 64;
/** Of these there may be more than one. */
const repeatable: readonly string[] = ['Webhook'];

/** k8s.io/apiserver/pkg/apis/apiserver/validation ValidateAuthorizationConfiguration, with its paths and wording. */
export function validateAuthorization({ authorizers }: AuthorizationConfiguration): FieldError[] {
  if (authorizers.length === 0) {
    return [field.required('authorizers', 'at least one authorization mode must be defined')];
  }
  const [types, names] = [new Set<string>(), new Set<string>()];
  return authorizers.flatMap((authorizer, index) => {
    const at = `authorizers[${index}]`;
    const { type, name = '', webhook } = authorizer;
    const wrongType = typeErrors(authorizer, at, types);
    if (wrongType.length > 0) return wrongType;
    types.add(type);
    const errors = nameErrors(name, `${at}.name`, names);
    names.add(name);
    if (type === 'Webhook') {
      if (!webhook) errors.push(field.required(`${at}.webhook`, 'required when type=Webhook'));
      else errors.push(...webhookErrors(webhook, at));
    } else if (webhook) {
      errors.push(field.invalid(`${at}.webhook`, 'non-null', 'may only be specified when type=Webhook'));
    }
    return errors;
  });
}

function typeErrors({ type }: AuthorizerConfiguration, at: string, seen: ReadonlySet<string>): FieldError[] {
  const path = `${at}.type`;
  if (!type) return [field.required(path)];
  if (!authorizationModes.includes(type)) return [field.notSupported(path, type, [...authorizationModes].sort())];
  return seen.has(type) && !repeatable.includes(type) ? [field.duplicate(path, type)] : [];
}

function nameErrors(name: string, path: string, seen: ReadonlySet<string>): FieldError[] {
  if (name === '') return [field.required(path)];
  if (seen.has(name)) return [field.duplicate(path, name)];
  const problems = isDns1123Subdomain(name);
  return problems.length > 0 ? [field.invalid(path, name, `authorizer name is invalid: ${problems.join(', ')}`)] : [];
}

function webhookErrors(webhook: AuthorizationWebhook, at: string): FieldError[] {
  const { authorizedTTL, unauthorizedTTL, subjectAccessReviewVersion, failurePolicy } = webhook;
  const among = (name: string, value: string, known: readonly string[]): FieldError[] => {
    if (!value) return [field.required(`${at}.${name}`)];
    return known.includes(value) ? [] : [field.notSupported(`${at}.${name}`, value, known)];
  };
  return [
    ...durationErrors(webhook.timeout, `${at}.timeout`, maxTimeoutMs),
    ...durationErrors(authorizedTTL, `${at}.authorizedTTL`),
    ...durationErrors(unauthorizedTTL, `${at}.unauthorizedTTL`),
    ...among('subjectAccessReviewVersion', subjectAccessReviewVersion, reviewVersions),
    ...conditionVersionErrors(webhook, `${at}.matchConditionSubjectAccessReviewVersion`),
    ...among('failurePolicy', failurePolicy, ['NoOpinion', 'Deny']),
    ...connectionErrors(webhook.connectionInfo ?? {}, `${at}.connectionInfo`),
    ...conditionErrors(webhook.matchConditions ?? [], `${at}.matchConditions`),
  ];
}

function durationErrors(text: string | undefined, path: string, maxMs = Infinity): FieldError[] {
  let ms: number;
  try {
    ms = parseGoDuration(text || '0');
  } catch (error) {
    return [field.invalid(path, text, (error as Error).message)];
  }
  if (ms === 0) return [field.required(path)];
  if (ms > 0 && ms <= maxMs) return [];
  const why = maxMs === Infinity ? 'must be > 0s' : `must be > 0s and <= ${formatGoDuration(maxMs)}`;
  return [field.invalid(path, formatGoDuration(ms), why)];
}

function conditionVersionErrors(
  { matchConditionSubjectAccessReviewVersion: version, matchConditions }: AuthorizationWebhook,
  path: string,
): FieldError[] {
  if (version) return version === 'v1' ? [] : [field.notSupported(path, version, ['v1'])];
  return matchConditions?.length ? [field.required(path, 'required if match conditions are specified')] : [];
}

function connectionErrors({ type, kubeConfigFile }: Partial<WebhookConnectionInfo>, path: string): FieldError[] {
  const at = `${path}.kubeConfigFile`;
  switch (type) {
    case undefined:
      return [field.required(`${path}.type`)];
    case 'InClusterConfig':
      if (kubeConfigFile === undefined) return [];
      return [field.invalid(at, kubeConfigFile, 'can only be set when type=KubeConfigFile')];
    case 'KubeConfigFile': {
      if (!kubeConfigFile) return [field.required(at)];
      const problem = fileProblem(kubeConfigFile);
      return problem ? [field.invalid(at, kubeConfigFile, problem)] : [];
    }
    default: {
      if (!type) return [field.required(`${path}.type`)];
      const shown = { Type: type, KubeConfigFile: kubeConfigFile ?? null };
      return [field.notSupported(`${path}.type`, shown, ['InClusterConfig', 'KubeConfigFile'])];
    }
  }
}

function fileProblem(path: string): string | undefined {
  if (!isAbsolute(path)) return 'must be an absolute path';
  try {
    return statSync(path).isFile() ? undefined : 'must be a regular file';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `error loading file: stat ${path}: ${code === 'ENOENT' ? 'no such file or directory' : message}`;
  }
}

function conditionErrors(conditions: readonly WebhookMatchCondition[], path: string): FieldError[] {
  if (conditions.length > maxConditions) return [field.tooMany(path, conditions.length, maxConditions)];
  const seen = new Set<string>();
  return conditions.flatMap(({ expression = '' }, index) => {
    const at = `${path}[${index}].expression`;
    if (expression.trim() === '') return [field.required(at)];
    if (seen.has(expression)) return [field.duplicate(at, expression)];
    seen.add(expression);
    const { error } = compileMatchCondition(expression);
    return error === undefined ? [] : [field.invalid(at, expression, error)];
  });
}
