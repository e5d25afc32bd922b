import type { ReplicaSet } from '../meta/json-types';
import { formatLabelSelector } from '../meta/label-selector';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { setPodSpecDefaults } from '../core/pod/pod-defaults';
import { validateReplicaSet, validateReplicaSetStatus, validateReplicaSetUpdate } from './replica-set-validation';
import { containerCells, workloadColumns } from './workload-cells';

function setDefaults(replicaSet: ReplicaSet): void {
  if (replicaSet.spec?.template?.spec) setPodSpecDefaults(replicaSet.spec.template.spec, replicaSet);
}

function prepareForUpdate(replicaSet: ReplicaSet, old: Readonly<ReplicaSet>, { subresource }: StrategyContext): void {
  if (subresource === 'status') replicaSet.spec = old.spec;
  else replicaSet.status = old.status;
}

export const replicaSetDefinition = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.apps.v1.ReplicaSet',
  hasStatus: true,
  hasGeneration: true,
  scale: {
    specReplicasPath: ['spec', 'replicas'],
    statusReplicasPath: ['status', 'replicas'],
    selectorPath: ['spec', 'selector'],
  },
  strategy: {
    setDefaults,
    prepareForCreate: (replicaSet: ReplicaSet) => void (replicaSet.status = { replicas: 0 }),
    prepareForUpdate,
    validate: validateReplicaSet,
    validateUpdate: (replicaSet: ReplicaSet, old: ReplicaSet, { subresource }: StrategyContext) =>
      subresource === 'status' ? validateReplicaSetStatus(replicaSet) : validateReplicaSetUpdate(replicaSet, old),
  },
  columns: [
    nameColumn,
    column('Desired', 'integer'),
    column('Current', 'integer'),
    column('Ready', 'integer'),
    ageColumn,
    ...workloadColumns,
  ],
  cells: (replicaSet: ReplicaSet, now: Date) => [
    replicaSet.metadata.name,
    replicaSet.spec?.replicas ?? 0,
    replicaSet.status?.replicas ?? 0,
    replicaSet.status?.readyReplicas ?? 0,
    age(replicaSet, now),
    ...containerCells(replicaSet.spec?.template),
    formatLabelSelector(replicaSet.spec?.selector),
  ],
  selectableFields: (replicaSet: ReplicaSet) => ({ 'status.replicas': String(replicaSet.status?.replicas ?? 0) }),
  selectableFieldNames: ['status.replicas'],
});
