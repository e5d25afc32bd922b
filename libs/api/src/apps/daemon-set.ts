import type { DaemonSet } from '../meta/json-types';
import { formatLabelSelector } from '../meta/label-selector';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { setPodSpecDefaults } from '../core/pod/pod-defaults';
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from './daemon-set-validation';
import { containerCells, workloadColumns } from './workload-cells';

function setDefaults(daemonSet: DaemonSet): void {
  const { spec } = daemonSet;
  if (!spec) return;
  const strategy = (spec.updateStrategy ??= {});
  if (strategy.type === 'RollingUpdate')
    strategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...strategy.rollingUpdate };
  if (spec.template?.spec) setPodSpecDefaults(spec.template.spec, daemonSet);
}

function prepareForUpdate(daemonSet: DaemonSet, old: Readonly<DaemonSet>, { subresource }: StrategyContext): void {
  if (subresource === 'status') daemonSet.spec = old.spec;
  else daemonSet.status = old.status;
}

function nodeSelectorText(selector: Record<string, string> | undefined): string {
  const pairs = Object.entries(selector ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length > 0 ? pairs.sort().join(',') : '<none>';
}

export const daemonSetDefinition = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.apps.v1.DaemonSet',
  hasStatus: true,
  hasGeneration: true,
  strategy: {
    setDefaults,
    prepareForCreate: (daemonSet: DaemonSet) =>
      void (daemonSet.status = {
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        desiredNumberScheduled: 0,
        numberReady: 0,
      }),
    prepareForUpdate,
    validate: validateDaemonSet,
    validateUpdate: (daemonSet: DaemonSet, old: DaemonSet, { subresource }: StrategyContext) =>
      subresource === 'status' ? validateDaemonSetStatus(daemonSet, old) : validateDaemonSetUpdate(daemonSet, old),
  },
  columns: [
    nameColumn,
    column('Desired', 'integer'),
    column('Current', 'integer'),
    column('Ready', 'integer'),
    column('Up-to-date', 'integer'),
    column('Available', 'integer'),
    column('Node Selector'),
    ageColumn,
    ...workloadColumns,
  ],
  cells: (daemonSet: DaemonSet, now: Date) => [
    daemonSet.metadata.name,
    daemonSet.status?.desiredNumberScheduled ?? 0,
    daemonSet.status?.currentNumberScheduled ?? 0,
    daemonSet.status?.numberReady ?? 0,
    daemonSet.status?.updatedNumberScheduled ?? 0,
    daemonSet.status?.numberAvailable ?? 0,
    nodeSelectorText(daemonSet.spec?.template?.spec?.nodeSelector),
    age(daemonSet, now),
    ...containerCells(daemonSet.spec?.template),
    formatLabelSelector(daemonSet.spec?.selector),
  ],
});
