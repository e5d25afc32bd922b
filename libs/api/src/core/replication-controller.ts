import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ReplicationController } from '../meta/json-types';
import { labelSetMatcher } from '../meta/label-selector';
import { age, ageColumn, column, defineKind, nameColumn, orNone } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { validateWorkloadTemplate } from '../apps/pod-template-validation';
import { containerCells, workloadColumns } from '../apps/workload-cells';
import { validateNonNegative } from '../validation/checks';
import { setPodSpecDefaults } from './pod/pod-defaults';

function setDefaults(controller: ReplicationController): void {
  const { spec, metadata } = controller;
  const labels = spec?.template?.metadata?.labels;
  if (spec && labels) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  }
  if (spec?.template?.spec) setPodSpecDefaults(spec.template.spec, controller);
}

function prepareForUpdate(
  controller: ReplicationController,
  old: Readonly<ReplicationController>,
  { subresource }: StrategyContext,
): void {
  if (subresource === 'status') controller.spec = old.spec;
  else controller.status = old.status;
}

function validate({ spec }: ReplicationController): FieldError[] {
  if (!spec) return [field.required('spec')];
  const errors = [
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...(Object.keys(spec.selector ?? {}).length === 0 ? [field.required('spec.selector')] : []),
    ...(spec.replicas === undefined || spec.replicas === null ? [field.required('spec.replicas')] : []),
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
  ];
  const { template, replicas } = spec;
  const selector = { matchLabels: spec.selector };
  return [...errors, ...validateWorkloadTemplate({ template, replicas, selector }, 'ReplicationController')];
}

function validateStatus({ status }: ReplicationController): FieldError[] {
  if (!status) return [];
  const counts = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;
  const errors = [...counts, 'observedGeneration' as const].flatMap((name) =>
    validateNonNegative(status[name], `status.${name}`),
  );
  for (const name of counts.slice(1))
    if ((status[name] ?? 0) > status.replicas)
      errors.push(field.invalid(`status.${name}`, status[name], 'cannot be greater than status.replicas'));
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    const message = 'cannot be greater than readyReplicas';
    errors.push(field.invalid('status.availableReplicas', status.availableReplicas, message));
  }
  return errors;
}

export const replicationControllerDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.core.v1.ReplicationController',
  hasStatus: true,
  hasGeneration: true,
  scale: {
    specReplicasPath: ['spec', 'replicas'],
    statusReplicasPath: ['status', 'replicas'],
    selectorPath: ['spec', 'selector'],
  },
  strategy: {
    setDefaults,
    prepareForCreate: (controller: ReplicationController) => void (controller.status = { replicas: 0 }),
    prepareForUpdate,
    validate,
    validateUpdate: (
      controller: ReplicationController,
      _old: ReplicationController,
      { subresource }: StrategyContext,
    ) => (subresource === 'status' ? validateStatus(controller) : validate(controller)),
  },
  columns: [
    nameColumn,
    column('Desired', 'integer'),
    column('Current', 'integer'),
    column('Ready', 'integer'),
    ageColumn,
    ...workloadColumns,
  ],
  cells: (controller: ReplicationController, now: Date) => [
    controller.metadata.name,
    controller.spec?.replicas ?? 0,
    controller.status?.replicas ?? 0,
    controller.status?.readyReplicas ?? 0,
    age(controller, now),
    ...containerCells(controller.spec?.template),
    orNone(labelSetMatcher(controller.spec?.selector).toString()),
  ],
  selectableFields: (controller: ReplicationController) => ({
    'status.replicas': String(controller.status?.replicas ?? 0),
  }),
  selectableFieldNames: ['status.replicas'],
});
