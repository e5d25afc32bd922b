import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeviceClass } from '../meta/json-types';
import { limits } from './limits';
import { validateList } from './list-validation';

type Selector = NonNullable<DeviceClass['spec']['selectors']>[number];

function validateSelector({ cel }: Selector, path: string): FieldError[] {
  if (!cel) return [field.required(`${path}.cel`)];
  const at = `${path}.cel.expression`;
  const { expression } = cel;
  return Buffer.byteLength(expression) > limits.expressionLength ? [field.tooLong(at, limits.expressionLength)] : [];
}

export function validateSelectors(selectors: readonly Selector[] | undefined, path: string): FieldError[] {
  return validateList(selectors, limits.selectors, path, validateSelector);
}
