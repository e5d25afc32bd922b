import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Container } from '../../../meta/json-types';
import { isQualifiedName } from '../../../meta/names';
import { compareQuantities, formatQuantity, tryParseQuantity } from '../../../meta/quantity';
import type { Quantity } from '../../../meta/quantity';
import { invalidEach } from '../../../validation/checks';

const standard = new Set(['cpu', 'memory', 'ephemeral-storage']);
const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const canOvercommit = (name: string): boolean => standard.has(name);

function validateName(name: string, path: string): FieldError[] {
  const problems = isQualifiedName(name);
  if (problems.length) return invalidEach(name, problems, path);
  return name.includes('/') || standard.has(name) || isHugePages(name)
    ? []
    : [
        field.invalid(path, name, 'must be a standard resource type or fully qualified'),
        field.invalid(path, name, 'must be a standard resource for containers'),
      ];
}

function validateAmount(name: string, quantity: Quantity, path: string): FieldError[] {
  if (quantity.nanos < 0n) {
    return [field.invalid(path, formatQuantity(quantity), 'must be greater than or equal to 0')];
  }
  // Devices and huge pages come whole.
  return !standard.has(name) && quantity.nanos % 1_000_000_000n !== 0n
    ? [field.invalid(path, formatQuantity(quantity), 'must be an integer')]
    : [];
}

function validateList(list: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, text]) => {
    const quantity = tryParseQuantity(text);
    return [...validateName(name, path), ...(quantity ? validateAmount(name, quantity, `${path}[${name}]`) : [])];
  });
}

/** ValidateContainerResourceRequirements */
export function validateResources(resources: Container['resources'], path: string): FieldError[] {
  if (!resources) return [];
  const errors = [
    ...validateList(resources.limits, `${path}.limits`),
    ...validateList(resources.requests, `${path}.requests`),
  ];
  for (const [name, text] of Object.entries(resources.requests ?? {})) {
    const request = tryParseQuantity(text);
    const limit = tryParseQuantity(resources.limits?.[name]);
    if (!request) continue;
    if (limit && !canOvercommit(name) && compareQuantities(request, limit) !== 0) {
      errors.push(
        field.invalid(
          `${path}.requests`,
          formatQuantity(request),
          `must be equal to ${name} limit of ${formatQuantity(limit)}`,
        ),
      );
    } else if (limit && compareQuantities(request, limit) > 0) {
      errors.push(
        field.invalid(
          `${path}.requests`,
          formatQuantity(request),
          `must be less than or equal to ${name} limit of ${formatQuantity(limit)}`,
        ),
      );
    } else if (!limit && !canOvercommit(name)) {
      errors.push(field.required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    }
  }
  return errors;
}
