import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import { isQualifiedName } from '../../meta/names';
import { formatQuantity, tryParseQuantity } from '../../meta/quantity';
import { invalidEach } from '../../validation/checks';

/** pkg/apis/core/helper: which names of resources mean something where. */
const computeResources = ['cpu', 'memory', 'ephemeral-storage'];
const countedObjects = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const quotaResources = new Set([
  ...computeResources,
  ...computeResources.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  'requests.storage',
  ...countedObjects,
]);
const resources = new Set([...quotaResources, 'storage']);
const integerResources = new Set(countedObjects);

const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isQuotaHugePages = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-');

export const isStandardQuotaResource = (name: string): boolean => quotaResources.has(name) || isQuotaHugePages(name);
const isStandardResource = (name: string): boolean => resources.has(name) || isQuotaHugePages(name);
const isStandardContainerResource = (name: string): boolean => computeResources.includes(name) || isHugePages(name);

const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
/** Devices and the like: a domain of somebody else's, and free for a quota to write "requests." before it. */
export const isExtendedResource = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0;
/** What a container may be given less of than its limit. */
export const allowsOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

export function validateResourceName(name: string, path: string): FieldError[] {
  const problems = isQualifiedName(name);
  if (problems.length > 0) return invalidEach(name, problems, path);
  return name.includes('/') || isStandardResource(name)
    ? []
    : [field.invalid(path, name, 'must be a standard resource type or fully qualified')];
}

export function validateQuotaResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  return name.includes('/') || isStandardQuotaResource(name)
    ? errors
    : [...errors, field.invalid(path, name, 'must be a standard resource for quota')];
}

export function validateContainerResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    return isStandardContainerResource(name)
      ? errors
      : [...errors, field.invalid(path, name, 'must be a standard resource for containers')];
  }
  return isNative(name) || isExtendedResource(name)
    ? errors
    : [...errors, field.invalid(path, name, "doesn't follow extended resource name standard")];
}

/** ValidateResourceQuantityValue; text that is no quantity was refused when it was decoded. */
export function validateResourceAmount(name: string, text: string, path: string): FieldError[] {
  const quantity = tryParseQuantity(text);
  if (!quantity) return [];
  const errors =
    quantity.nanos < 0n ? [field.invalid(path, formatQuantity(quantity), 'must be greater than or equal to 0')] : [];
  const isWhole = quantity.nanos % 1_000_000_000n === 0n;
  if (!isWhole && (integerResources.has(name) || isExtendedResource(name))) {
    errors.push(field.invalid(path, formatQuantity(quantity), 'must be an integer'));
  }
  return errors;
}
