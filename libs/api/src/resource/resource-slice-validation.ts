import { validateNodeSelector } from '../core/pod/validation/affinity';
import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ResourceSlice } from '../meta/json-types';
import { isDns1123Subdomain } from '../meta/names';
import { invalidEach, validateImmutable } from '../validation/checks';
import { validateCounters, validateDevice } from './device-validation';
import { limits } from './limits';
import { validateSet } from './list-validation';
import { validateDriverName, validateLabelName, validatePoolName } from './name-validation';

type Spec = ResourceSlice['spec'];

function validatePool({ name, resourceSliceCount, generation }: Spec['pool'], path: string): FieldError[] {
  return [
    ...validatePoolName(name, `${path}.name`),
    ...(resourceSliceCount > 0
      ? []
      : [field.invalid(`${path}.resourceSliceCount`, resourceSliceCount, 'must be greater than zero')]),
    ...(generation >= 0
      ? []
      : [field.invalid(`${path}.generation`, generation, 'must be greater than or equal to zero')]),
  ];
}

function validateNodeName(name: string | undefined, path: string): FieldError[] {
  if (name === undefined) return [];
  return name === ''
    ? [field.invalid(path, name, 'must be either unset or set to a non-empty string')]
    : invalidEach(name, isDns1123Subdomain(name), path);
}

function validateSelector(selector: Spec['nodeSelector'], path: string): FieldError[] {
  if (!selector) return [];
  const terms = selector.nodeSelectorTerms ?? [];
  const errors = validateNodeSelector(selector, path);
  // One term, so that the selectors of several slices can be joined.
  if (terms.length !== 1)
    errors.push(field.invalid(`${path}.nodeSelectorTerms`, terms, 'must have exactly one node selector term'));
  return errors;
}

const trueOrAbsent = (value: boolean | undefined, path: string): FieldError[] =>
  value === false ? [field.invalid(path, value, 'must be either unset or set to true')] : [];

function validateNodes(spec: Spec): FieldError[] {
  const names = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;
  const given = names.filter((name) => spec[name]).map((name) => `\`${name}\``);
  const oneOf = `exactly one of ${names.map((name) => `\`${name}\``).join(', ')} is required`;
  return [
    ...validateNodeName(spec.nodeName, 'spec.nodeName'),
    ...validateSelector(spec.nodeSelector, 'spec.nodeSelector'),
    ...trueOrAbsent(spec.allNodes, 'spec.allNodes'),
    ...trueOrAbsent(spec.perDeviceNodeSelection, 'spec.perDeviceNodeSelection'),
    ...(given.length === 0 ? [field.required('spec', oneOf)] : []),
    ...(given.length > 1
      ? [field.invalid('spec', `{${given.join(', ')}}`, `${oneOf}, but multiple fields are set`)]
      : []),
  ];
}

function validateDevices({ devices, perDeviceNodeSelection }: Spec, old: Spec | undefined): FieldError[] {
  const isAdvanced = (devices ?? []).some((one) => one.taints?.length || one.consumesCounters?.length);
  const before = new Map((old?.devices ?? []).map((one) => [one.name, one]));
  return validateSet(devices, isAdvanced ? limits.advancedDevices : limits.devices, 'spec.devices', {
    key: ({ name }) => name,
    item: (device, path) =>
      validateDevice(device, path, {
        old: before.get(device.name),
        choosesNodes: perDeviceNodeSelection === true,
      }),
  });
}

function validateCounterSets(sets: Spec['sharedCounters']): FieldError[] {
  return validateSet(sets, limits.counterSets, 'spec.sharedCounters', {
    key: ({ name }) => name,
    item: ({ name, counters }, path) => [
      ...(name ? validateLabelName(name, `${path}.name`) : [field.required(`${path}.name`)]),
      ...validateCounters(counters, `${path}.counters`),
    ],
  });
}

function validateKept(spec: Spec, old: Spec): FieldError[] {
  return [
    ...validateImmutable(spec.pool.name, old.pool.name, 'spec.pool.name'),
    ...validateImmutable(spec.driver, old.driver, 'spec.driver'),
    ...validateImmutable(spec.nodeName, old.nodeName, 'spec.nodeName'),
  ];
}

export function validateResourceSlice({ spec }: ResourceSlice, old?: ResourceSlice): FieldError[] {
  return [
    ...validateDriverName(spec.driver, 'spec.driver'),
    ...validatePool(spec.pool, 'spec.pool'),
    ...(old ? validateKept(spec, old.spec) : []),
    ...validateNodes(spec),
    ...(spec.sharedCounters && spec.devices
      ? [field.invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed')]
      : []),
    ...validateDevices(spec, old?.spec),
    ...validateCounterSets(spec.sharedCounters),
  ];
}
