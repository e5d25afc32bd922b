import { validateNodeSelector } from '../core/pod/validation/affinity';
import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { AllocationResult } from '../meta/json-types';
import { validateOneOf } from '../validation/checks';
import { validateBindingConditions } from './binding-conditions-validation';
import { validateConfiguration } from './configuration-validation';
import { limits } from './limits';
import { validateList } from './list-validation';
import { validateDriverName, validateLabelName, validatePoolName } from './name-validation';
import { validateRequestReference, validateRequestReferences } from './request-names';
import { validateTolerations } from './taint-validation';

type Devices = NonNullable<AllocationResult['devices']>;
type Result = NonNullable<Devices['results']>[number];
type Configuration = NonNullable<Devices['config']>[number];

const uidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function validateShareId(id: string | undefined, path: string): FieldError[] {
  if (id === undefined) return [];
  if (id.length !== 36) return [field.invalid(path, id, `error validating uid: invalid UUID length: ${id.length}`)];
  if (!uidShape.test(id)) return [field.invalid(path, id, 'error validating uid: invalid UUID format')];
  return id === id.toLowerCase() ? [] : [field.invalid(path, id, notNormalized)];
}
const notNormalized =
  'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';

function validateResult(result: Result, path: string, names: ReadonlySet<string>): FieldError[] {
  return [
    ...validateRequestReference(result.request, `${path}.request`, names),
    ...validateDriverName(result.driver, `${path}.driver`),
    ...validatePoolName(result.pool, `${path}.pool`),
    ...validateLabelName(result.device, `${path}.device`),
    ...validateBindingConditions(result, path),
    ...validateTolerations(result.tolerations, `${path}.tolerations`),
    ...validateShareId(result.shareID, `${path}.shareID`),
  ];
}

function validateSource(source: string, path: string): FieldError[] {
  return source ? validateOneOf(source, ['FromClaim', 'FromClass'], path) : [field.required(path)];
}

function validateConfig(config: Configuration, path: string, names: ReadonlySet<string>): FieldError[] {
  return [
    ...validateSource(config.source, `${path}.source`),
    ...validateRequestReferences(config.requests, `${path}.requests`, names),
    ...validateConfiguration(config, path),
  ];
}

export function validateAllocation(
  { devices = {}, nodeSelector }: AllocationResult,
  path: string,
  names: ReadonlySet<string>,
): FieldError[] {
  return [
    ...validateList(devices.results, limits.results, `${path}.devices.results`, (result, at) =>
      validateResult(result, at, names),
    ),
    // The class's and the claim's.
    ...validateList(devices.config, 2 * limits.configurations, `${path}.devices.config`, (config, at) =>
      validateConfig(config, at, names),
    ),
    ...(nodeSelector ? validateNodeSelector(nodeSelector, `${path}.nodeSelector`) : []),
  ];
}
