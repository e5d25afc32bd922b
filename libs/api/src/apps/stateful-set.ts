import type { StatefulSet } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { setPodSpecDefaults } from '../core/pod/pod-defaults';
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from './stateful-set-validation';
import { containerCells, workloadColumns } from './workload-cells';

function setDefaults(statefulSet: StatefulSet): void {
  const { spec } = statefulSet;
  if (!spec) return;
  const strategy = (spec.updateStrategy ??= {});
  if (strategy.type === 'RollingUpdate')
    strategy.rollingUpdate = { partition: 0, maxUnavailable: 1, ...strategy.rollingUpdate };
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ??= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ??= 'Retain';
  for (const claim of spec.volumeClaimTemplates ?? [])
    Object.assign(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } });
  if (spec.template?.spec) setPodSpecDefaults(spec.template.spec, statefulSet);
}

function prepareForUpdate(
  statefulSet: StatefulSet,
  old: Readonly<StatefulSet>,
  { subresource }: StrategyContext,
): void {
  if (subresource === 'status') statefulSet.spec = old.spec;
  else statefulSet.status = old.status;
}

export const statefulSetDefinition = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.apps.v1.StatefulSet',
  hasStatus: true,
  hasGeneration: true,
  scale: {
    specReplicasPath: ['spec', 'replicas'],
    statusReplicasPath: ['status', 'replicas'],
    selectorPath: ['spec', 'selector'],
  },
  strategy: {
    setDefaults,
    prepareForCreate: (statefulSet: StatefulSet) => void (statefulSet.status = { replicas: 0, availableReplicas: 0 }),
    prepareForUpdate,
    validate: validateStatefulSet,
    validateUpdate: (statefulSet: StatefulSet, old: StatefulSet, { subresource }: StrategyContext) =>
      subresource === 'status'
        ? validateStatefulSetStatus(statefulSet, old)
        : validateStatefulSetUpdate(statefulSet, old),
  },
  columns: [
    nameColumn,
    column('Ready', 'string', 'Number of the pod with ready state'),
    ageColumn,
    ...workloadColumns.slice(0, 2),
  ],
  cells: (statefulSet: StatefulSet, now: Date) => [
    statefulSet.metadata.name,
    `${statefulSet.status?.readyReplicas ?? 0}/${statefulSet.spec?.replicas ?? 0}`,
    age(statefulSet, now),
    ...containerCells(statefulSet.spec?.template),
  ],
});
