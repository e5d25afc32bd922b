import type { ResourceQuota } from '../../meta/json-types';
import { formatQuantity, quantityFrom } from '../../meta/quantity';
import { age, ageColumn, column, defineKind, nameColumn } from '../../registry/define-kind';
import type { StrategyContext } from '../../resource-definition';
import { canonicalResourceList } from '../resource-list';
import {
  validateResourceQuota,
  validateResourceQuotaStatus,
  validateResourceQuotaUpdate,
} from './resource-quota-validation';

function setDefaults(quota: ResourceQuota): void {
  for (const list of [quota.spec?.hard, quota.status?.hard, quota.status?.used]) canonicalResourceList(list, quota);
}

function prepareForUpdate(quota: ResourceQuota, old: Readonly<ResourceQuota>, { subresource }: StrategyContext): void {
  if (subresource === 'status') quota.spec = old.spec;
  else quota.status = old.status;
}

/** "pods: 3/10, ..." of all limits, or of all the rest. */
function usage({ status }: ResourceQuota, ofLimits: boolean): string {
  return Object.keys(status?.hard ?? {})
    .filter((name) => name.startsWith('limits.') === ofLimits)
    .sort()
    .map((name) => {
      const [used, hard] = [status?.used?.[name], status?.hard?.[name]].map((text) =>
        formatQuantity(quantityFrom(text)),
      );
      return `${name}: ${used}/${hard}`;
    })
    .join(', ');
}

export const resourceQuotaDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
  definition: 'io.k8s.api.core.v1.ResourceQuota',
  hasStatus: true,
  strategy: {
    setDefaults,
    prepareForCreate: (quota: ResourceQuota) => void (quota.status = {}),
    prepareForUpdate,
    validate: validateResourceQuota,
    validateUpdate: (quota: ResourceQuota, old: ResourceQuota, { subresource }: StrategyContext) =>
      subresource === 'status' ? validateResourceQuotaStatus(quota) : validateResourceQuotaUpdate(quota, old),
  },
  columns: [
    nameColumn,
    column('Request', 'string', 'Request represents a minimum amount of cpu/memory that a container may consume.'),
    column(
      'Limit',
      'string',
      'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
    ),
    ageColumn,
  ],
  cells: (quota: ResourceQuota, now: Date) => [
    quota.metadata.name,
    usage(quota, false),
    usage(quota, true),
    age(quota, now),
  ],
});
