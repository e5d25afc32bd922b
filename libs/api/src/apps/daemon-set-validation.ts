import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DaemonSet } from '../meta/json-types';
import { validateImmutable, validateNonNegative } from '../validation/checks';
import { asNumber, percentage, validateIntOrPercent } from './int-or-percent';
import { validateSelector, validateWorkloadTemplate } from './pod-template-validation';

function validateRollingUpdate({ spec }: DaemonSet): FieldError[] {
  const rolling = spec?.updateStrategy?.rollingUpdate;
  const path = 'spec.updateStrategy.rollingUpdate';
  if (!rolling) return [field.required(path)];
  const errors: FieldError[] = [];
  const hasUnavailable = asNumber(rolling.maxUnavailable) !== 0;
  const hasSurge = asNumber(rolling.maxSurge) !== 0;
  if (hasUnavailable && hasSurge) {
    errors.push(field.invalid(`${path}.maxSurge`, rolling.maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (!hasUnavailable && !hasSurge) {
    errors.push(field.required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
  errors.push(...validateIntOrPercent(rolling.maxUnavailable, `${path}.maxUnavailable`));
  errors.push(...validateIntOrPercent(rolling.maxSurge, `${path}.maxSurge`));
  for (const name of ['maxUnavailable', 'maxSurge'] as const)
    if (percentage(rolling[name]) > 100)
      errors.push(field.invalid(`${path}.${name}`, rolling[name], 'must not be greater than 100%'));
  return errors;
}

function validateUpdateStrategy(daemonSet: DaemonSet): FieldError[] {
  const { type } = daemonSet.spec?.updateStrategy ?? {};
  if (type === 'OnDelete') return [];
  if (type === 'RollingUpdate') return validateRollingUpdate(daemonSet);
  return [field.notSupported('spec.updateStrategy', type ?? '', ['OnDelete', 'RollingUpdate'])];
}

export function validateDaemonSet(daemonSet: DaemonSet): FieldError[] {
  const { spec } = daemonSet;
  if (!spec) return [field.required('spec')];
  return [
    ...validateSelector(spec.selector, 'empty selector is invalid for daemonset'),
    ...validateWorkloadTemplate(spec, 'DaemonSet'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateUpdateStrategy(daemonSet),
    ...validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

export function validateDaemonSetUpdate(daemonSet: DaemonSet, old: Readonly<DaemonSet>): FieldError[] {
  return [
    ...validateDaemonSet(daemonSet),
    ...validateImmutable(daemonSet.spec?.selector, old.spec?.selector, 'spec.selector'),
  ];
}

export function validateDaemonSetStatus({ status }: DaemonSet, old: Readonly<DaemonSet>): FieldError[] {
  if (!status) return [];
  const counts = [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
  ] as const;
  const errors = counts.flatMap((name) => validateNonNegative(status[name], `status.${name}`));
  if ((status.collisionCount ?? 0) < (old.status?.collisionCount ?? 0))
    errors.push(field.invalid('status.collisionCount', status.collisionCount ?? 0, 'cannot be decremented'));
  return errors;
}
