import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeviceRequest, ResourceClaim } from '../meta/json-types';
import { validateConfiguration } from './configuration-validation';
import { limits } from './limits';
import { validateList, validateSet } from './list-validation';
import { validateDeviceClassName, validateFullyQualifiedName, validateLabelName } from './name-validation';
import { requestNamesOf, validateRequestReferences } from './request-names';
import { validateSelectors } from './selector-validation';
import { validateTolerations } from './taint-validation';

type DeviceClaim = NonNullable<ResourceClaim['spec']['devices']>;
type Constraint = NonNullable<DeviceClaim['constraints']>[number];
type Wanted = Omit<NonNullable<DeviceRequest['exactly']>, 'adminAccess'>;

function validateCount({ allocationMode = '', count = 0 }: Wanted, path: string): FieldError[] {
  const at = `${path}.count`;
  switch (allocationMode) {
    case 'All':
      return count === 0 ? [] : [field.invalid(at, count, "must not be specified when allocationMode is 'All'")];
    case 'ExactCount':
      return count > 0 ? [] : [field.invalid(at, count, 'must be greater than zero')];
    default:
      return [field.notSupported(`${path}.allocationMode`, allocationMode, ['All', 'ExactCount'])];
  }
}

function validateWanted(wanted: Wanted, path: string): FieldError[] {
  return [
    ...validateDeviceClassName(wanted.deviceClassName, `${path}.deviceClassName`),
    ...validateSelectors(wanted.selectors, `${path}.selectors`),
    ...validateCount(wanted, path),
    ...validateTolerations(wanted.tolerations, `${path}.tolerations`),
  ];
}

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, path: string): FieldError[] {
  const errors = validateLabelName(name, `${path}.name`);
  const oneOf = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly && firstAvailable.length > 0)
    return [...errors, field.invalid(path, null, `${oneOf}, but multiple fields are set`)];
  if (exactly) return [...errors, ...validateWanted(exactly, `${path}.exactly`)];
  if (firstAvailable.length === 0) return [...errors, field.required(path, oneOf)];
  const alternatives = validateSet(firstAvailable, limits.subRequests, `${path}.firstAvailable`, {
    key: (one) => one.name,
    item: (one, at) => [...validateLabelName(one.name, `${at}.name`), ...validateWanted(one, at)],
  });
  return [...errors, ...alternatives];
}

function validateConstraint(constraint: Constraint, path: string, names: ReadonlySet<string>): FieldError[] {
  const errors = validateRequestReferences(constraint.requests, `${path}.requests`, names);
  const { matchAttribute, distinctAttribute } = constraint;
  if (matchAttribute !== undefined)
    errors.push(...validateFullyQualifiedName(matchAttribute, `${path}.matchAttribute`));
  else if (distinctAttribute !== undefined)
    errors.push(...validateFullyQualifiedName(distinctAttribute, `${path}.distinctAttribute`));
  else {
    // The wording is upstream's, for none as for both.
    const detail = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
    errors.push(field.required(path, detail));
  }
  return errors;
}

export function validateDeviceClaim(claim: DeviceClaim, path: string): FieldError[] {
  const names = requestNamesOf(claim.requests);
  return [
    ...validateSet(claim.requests, limits.requests, `${path}.requests`, {
      key: ({ name }) => name,
      item: validateRequest,
    }),
    ...validateList(claim.constraints, limits.constraints, `${path}.constraints`, (one, at) =>
      validateConstraint(one, at, names),
    ),
    ...validateList(claim.config, limits.configurations, `${path}.config`, (one, at) => [
      ...validateRequestReferences(one.requests, `${at}.requests`, names),
      ...validateConfiguration(one, at),
    ]),
  ];
}
