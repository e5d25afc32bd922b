import { validateNodeSelector } from '../core/pod/validation/affinity';
import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { Device } from '../meta/json-types';
import { isDns1123Subdomain } from '../meta/names';
import { semanticEqual } from '../meta/semantic-equal';
import { invalidEach } from '../validation/checks';
import { validateBindingConditions } from './binding-conditions-validation';
import { validateCapacity } from './capacity-validation';
import { limits } from './limits';
import { validateList, validateMap, validateSet } from './list-validation';
import { qualifiedNameLength, validateLabelName, validateQualifiedName } from './name-validation';
import { validateTaint } from './taint-validation';

type Attribute = NonNullable<Device['attributes']>[string];
type Consumption = NonNullable<Device['consumesCounters']>[number];

const number = '(0|[1-9]\\d*)';
const preRelease = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const semanticVersion = new RegExp(
  `^${number}\\.${number}\\.${number}(-${preRelease}(\\.${preRelease})*)?(\\+[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*)?$`,
);

function validateAttribute(attribute: Attribute, path: string): FieldError[] {
  const tooLong = (text: string | undefined, at: string): FieldError[] =>
    Buffer.byteLength(text ?? '') > limits.attributeLength ? [field.tooLong(at, limits.attributeLength)] : [];
  const { version } = attribute;
  const errors = tooLong(attribute.string, `${path}.string`);
  if (version !== undefined) {
    if (!semanticVersion.test(version))
      errors.push(field.invalid(`${path}.version`, version, 'must be a string compatible with semver.org spec 2.0.0'));
    errors.push(...tooLong(version, `${path}.version`));
  }
  const given = (['bool', 'int', 'string', 'version'] as const).filter((name) => attribute[name] !== undefined);
  if (given.length !== 1)
    errors.push(field.invalid(path, given.length === 0 ? '' : attribute, 'exactly one value must be specified'));
  return errors;
}

const counterRules = { max: limits.countersPerSet, keyLength: 63, key: validateLabelName, value: () => [] };

/** Named counters, of a set or taken from one. */
export function validateCounters(counters: Consumption['counters'] | undefined, path: string): FieldError[] {
  return Object.keys(counters ?? {}).length === 0 ? [field.required(path)] : validateMap(counters, path, counterRules);
}

function validateConsumption({ counterSet, counters }: Consumption, path: string): FieldError[] {
  return [
    ...(counterSet ? validateLabelName(counterSet, `${path}.counterSet`) : [field.required(`${path}.counterSet`)]),
    ...validateCounters(counters, `${path}.counters`),
  ];
}

/** Where each device of a slice says by itself which nodes reach it. */
function validateNodes({ nodeName, nodeSelector, allNodes }: Device, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const given: string[] = [];
  if (nodeName === '') errors.push(field.invalid(`${path}.nodeName`, nodeName, 'must not be empty'));
  else if (nodeName !== undefined) {
    given.push('`nodeName`');
    errors.push(...invalidEach(nodeName, isDns1123Subdomain(nodeName), `${path}.nodeName`));
  }
  if (nodeSelector) {
    given.push('`nodeSelector`');
    errors.push(...validateNodeSelector(nodeSelector, `${path}.nodeSelector`));
  }
  if (allNodes) given.push('`allNodes`');
  else if (allNodes === false)
    errors.push(field.invalid(`${path}.allNodes`, allNodes, 'must be either unset or set to true'));
  if (given.length === 0) errors.push(field.required(path, oneOfNodes));
  if (given.length > 1) errors.push(field.invalid(path, `{${given.join(', ')}}`, oneOfNodes));
  return errors;
}
const oneOfNodes =
  'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';

function validateNoNodes({ nodeName, nodeSelector, allNodes }: Device, path: string): FieldError[] {
  return nodeName === undefined && nodeSelector === undefined && allNodes === undefined
    ? []
    : [
        field.invalid(
          path,
          null,
          '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
        ),
      ];
}

function validateProperties(device: Device, old: Device | undefined, path: string): FieldError[] {
  const { attributes, capacity, allowMultipleAllocations = false } = device;
  const count = Object.keys(attributes ?? {}).length + Object.keys(capacity ?? {}).length;
  const max = limits.attributesAndCapacities;
  const rules = { keyLength: qualifiedNameLength, key: validateQualifiedName };
  return [
    ...(count > max
      ? [field.invalid(path, count, `the total number of attributes and capacities must not exceed ${max}`)]
      : []),
    ...validateMap(attributes, `${path}.attributes`, { ...rules, value: validateAttribute }),
    ...(old && semanticEqual(old.capacity, capacity)
      ? []
      : validateMap(capacity, `${path}.capacity`, {
          ...rules,
          value: (one, at) => validateCapacity(one, allowMultipleAllocations, at),
        })),
  ];
}

/** One device; what is as it was before is not judged again where upstream does not. */
export function validateDevice(
  device: Device,
  path: string,
  { old, choosesNodes }: { old: Device | undefined; choosesNodes: boolean },
): FieldError[] {
  return [
    ...validateLabelName(device.name, `${path}.name`),
    ...validateProperties(device, old, path),
    ...(old && semanticEqual(old.taints, device.taints)
      ? []
      : validateList(device.taints, limits.taints, `${path}.taints`, validateTaint)),
    ...validateSet(device.consumesCounters, limits.counterConsumptions, `${path}.consumesCounters`, {
      key: ({ counterSet }) => counterSet,
      item: validateConsumption,
    }),
    ...(choosesNodes ? validateNodes(device, path) : validateNoNodes(device, path)),
    ...validateBindingConditions(device, path),
  ];
}
