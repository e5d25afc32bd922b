import type { LimitRange } from '../../meta/json-types';
import { column, defineKind, nameColumn } from '../../registry/define-kind';
import { canonicalResourceList } from '../resource-list';
import { validateLimitRange } from './limit-range-validation';

type Item = NonNullable<LimitRange['spec']>['limits'][number];

const missingFrom = (given: Item['default'], more: Item['default']): Record<string, string> => ({ ...more, ...given });

/** SetDefaults_LimitRangeItem: a container's limit is at most the maximum, its request the limit, else the minimum. */
function setItemDefaults(item: Item): void {
  if (item.type !== 'Container') return;
  item.default = missingFrom(item.default, item.max);
  item.defaultRequest = missingFrom(item.defaultRequest, missingFrom(item.default, item.min));
}

function setDefaults(range: LimitRange): void {
  for (const item of range.spec?.limits ?? []) {
    for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) {
      canonicalResourceList(list, range);
    }
    setItemDefaults(item);
  }
}

export const limitRangeDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  definition: 'io.k8s.api.core.v1.LimitRange',
  strategy: { setDefaults, validate: validateLimitRange, validateUpdate: validateLimitRange },
  columns: [nameColumn, column('Created At', 'date')],
  cells: (range: LimitRange) => [range.metadata.name, range.metadata.creationTimestamp],
});
