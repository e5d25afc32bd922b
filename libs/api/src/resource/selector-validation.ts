import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeviceClass } from '../meta/json-types';
import { compileDeviceSelector } from './device-selector';
import { limits } from './limits';
import { validateList } from './list-validation';

type Selector = NonNullable<DeviceClass['spec']['selectors']>[number];

function validateExpression(expression: string, path: string): FieldError[] {
  if (Buffer.byteLength(expression) > limits.expressionLength) return [field.tooLong(path, limits.expressionLength)];
  const selector = compileDeviceSelector(expression);
  if (selector.error !== undefined) return [field.invalid(path, expression, selector.error)];
  return selector.maxCost > limits.expressionCost ? [field.forbidden(path, 'too complex, exceeds cost limit')] : [];
}

function validateSelector({ cel }: Selector, path: string): FieldError[] {
  return cel ? validateExpression(cel.expression, `${path}.cel.expression`) : [field.required(`${path}.cel`)];
}

export function validateSelectors(selectors: readonly Selector[] | undefined, path: string): FieldError[] {
  return validateList(selectors, limits.selectors, path, validateSelector);
}
