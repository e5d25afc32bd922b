import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import { isQualifiedName } from '../meta/names';
import { invalidEach, validateNonNegative } from './checks';

interface StoredCondition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: unknown;
  observedGeneration?: number;
}

const statuses = ['False', 'True', 'Unknown'];
const reasonShape = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const reasonLimit = 1024;
const messageLimit = 32 * 1024;

/** metav1 validation.ValidateConditions: what every metav1.Condition must say. */
export function validateConditions(conditions: readonly StoredCondition[] | undefined, path: string): FieldError[] {
  const seen = new Set<string>();
  return (conditions ?? []).flatMap((condition, index) => {
    const at = `${path}[${index}]`;
    const errors = validateCondition(condition, at);
    const { type = '' } = condition;
    if (seen.has(type)) errors.push(field.duplicate(`${at}.type`, type));
    seen.add(type);
    return errors;
  });
}

function validateCondition(condition: StoredCondition, path: string): FieldError[] {
  const { type = '', status = '', reason = '', message = '' } = condition;
  const errors = invalidEach(type, isQualifiedName(type), `${path}.type`);
  if (!statuses.includes(status)) errors.push(field.notSupported(`${path}.status`, status, statuses));
  errors.push(...validateNonNegative(condition.observedGeneration, `${path}.observedGeneration`));
  if (!condition.lastTransitionTime) errors.push(field.required(`${path}.lastTransitionTime`, 'must be set'));
  if (reason === '') errors.push(field.required(`${path}.reason`, 'must be set'));
  else {
    if (!reasonShape.test(reason)) errors.push(field.invalid(`${path}.reason`, reason, reasonMessage));
    if (reason.length > reasonLimit) errors.push(field.tooLong(`${path}.reason`, reasonLimit));
  }
  if (message.length > messageLimit) errors.push(field.tooLong(`${path}.message`, messageLimit));
  return errors;
}

const reasonMessage =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";
