import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { ResourceQuota } from '../../meta/json-types';
import { immutableMessage } from '../../meta/object-meta-validation';
import { validateScopes, validateScopeSelector } from './quota-scopes';
import { validateQuotaResourceName, validateResourceAmount } from './resource-names';

function validateAmounts(list: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, text]) => [
    ...validateQuotaResourceName(name, `${path}[${name}]`),
    ...validateResourceAmount(name, text, `${path}[${name}]`),
  ]);
}

export function validateResourceQuota({ spec = {} }: ResourceQuota): FieldError[] {
  return [
    ...validateAmounts(spec.hard, 'spec.hard'),
    ...validateScopes(spec, 'spec.scopes'),
    ...validateScopeSelector(spec, 'spec.scopeSelector'),
  ];
}

export function validateResourceQuotaUpdate(quota: ResourceQuota, old: Readonly<ResourceQuota>): FieldError[] {
  const scopes = new Set<string>(quota.spec?.scopes);
  const before = new Set<string>(old.spec?.scopes);
  const isSame = scopes.size === before.size && [...scopes].every((scope) => before.has(scope));
  return [
    ...validateResourceQuota(quota),
    ...(isSame ? [] : [field.invalid('spec.scopes', quota.spec?.scopes ?? null, immutableMessage)]),
  ];
}

export function validateResourceQuotaStatus({ status }: ResourceQuota): FieldError[] {
  return [...validateAmounts(status?.hard, 'status.hard'), ...validateAmounts(status?.used, 'status.used')];
}
