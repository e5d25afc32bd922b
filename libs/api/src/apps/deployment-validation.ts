import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { Deployment } from '../meta/json-types';
import { validateImmutable, validateNonNegative } from '../validation/checks';
import { asNumber, percentage, validateIntOrPercent } from './int-or-percent';
import { validateSelector, validateWorkloadTemplate } from './pod-template-validation';

const strategyTypes = ['Recreate', 'RollingUpdate'];

function validateRollingUpdate(deployment: Deployment): FieldError[] {
  const rolling = deployment.spec?.strategy?.rollingUpdate;
  if (!rolling) return [field.required('spec.strategy.rollingUpdate')];
  const path = 'spec.strategy.rollingUpdate';
  const errors = [
    ...validateIntOrPercent(rolling.maxUnavailable, `${path}.maxUnavailable`),
    ...validateIntOrPercent(rolling.maxSurge, `${path}.maxSurge`),
  ];
  if (asNumber(rolling.maxUnavailable) === 0 && asNumber(rolling.maxSurge) === 0) {
    errors.push(field.invalid(`${path}.maxUnavailable`, rolling.maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  if (percentage(rolling.maxUnavailable) > 100) {
    errors.push(field.invalid(`${path}.maxUnavailable`, rolling.maxUnavailable, 'must not be greater than 100%'));
  }
  return errors;
}

function validateStrategy(deployment: Deployment): FieldError[] {
  const { type, rollingUpdate } = deployment.spec?.strategy ?? {};
  switch (type) {
    case 'Recreate':
      return rollingUpdate
        ? [field.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")]
        : [];
    case 'RollingUpdate':
      return validateRollingUpdate(deployment);
    default:
      return [field.notSupported('spec.strategy.type', type ?? '', strategyTypes)];
  }
}

export function validateDeployment(deployment: Deployment): FieldError[] {
  const spec = deployment.spec;
  if (!spec) return [field.required('spec')];
  const errors = [
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateSelector(spec.selector, 'empty selector is invalid for deployment'),
    ...validateWorkloadTemplate(spec),
    ...validateStrategy(deployment),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...validateNonNegative(spec.progressDeadlineSeconds, 'spec.progressDeadlineSeconds'),
  ];
  const { progressDeadlineSeconds: deadline } = spec;
  if (deadline !== undefined && deadline !== null && deadline <= (spec.minReadySeconds ?? 0)) {
    errors.push(field.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  }
  return errors;
}

export function validateDeploymentUpdate(deployment: Deployment, old: Readonly<Deployment>): FieldError[] {
  return [
    ...validateDeployment(deployment),
    ...validateImmutable(deployment.spec?.selector, old.spec?.selector, 'spec.selector'),
  ];
}

export function validateDeploymentStatus(deployment: Deployment, old: Readonly<Deployment>): FieldError[] {
  const status = deployment.status ?? {};
  const counts = [
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
  ] as const;
  const errors = counts.flatMap((name) => validateNonNegative(status[name], `status.${name}`));
  for (const name of ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    if ((status[name] ?? 0) > (status.replicas ?? 0)) {
      errors.push(field.invalid(`status.${name}`, status[name], 'cannot be greater than status.replicas'));
    }
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    errors.push(
      field.invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas'),
    );
  }
  if ((status.collisionCount ?? 0) < (old.status?.collisionCount ?? 0)) {
    errors.push(field.invalid('status.collisionCount', status.collisionCount ?? 0, 'cannot be decremented'));
  }
  return errors;
}
