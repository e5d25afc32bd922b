import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { HorizontalPodAutoscaler } from '../meta/json-types';
import { isDns1123Label, isPathSegmentName, isQualifiedName } from '../meta/names';
import { tryParseQuantity } from '../meta/quantity';
import { invalidEach } from '../validation/checks';
import { validateObjectReference, type ApiVersionRule } from './object-reference-validation';

export type MetricSpec = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];
type Source<K extends keyof MetricSpec> = NonNullable<MetricSpec[K]>;
type Target = Source<'resource'>['target'];
type Identifier = Source<'pods'>['metric'];

const isSet = <T>(value: T | undefined | null): value is T => value !== undefined && value !== null;

const memberOf: Readonly<Record<string, keyof MetricSpec & string>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
};
/** In the order in which the first of several is looked into. */
const members = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;

/** validateMetricSpec: exactly the one source that the type names. */
export function validateMetricSpec(spec: MetricSpec, path: string, objects: ApiVersionRule): FieldError[] {
  const errors: FieldError[] = [];
  const types = Object.keys(memberOf);
  const expected = memberOf[spec.type];
  if (!spec.type) errors.push(field.required(`${path}.type`, 'must specify a metric source type'));
  if (!expected) errors.push(field.notSupported(`${path}.type`, spec.type ?? '', types));
  const present = members.filter((member) => isSet(spec[member]));
  const [first] = present;
  if (first) errors.push(...validateSource(spec, first, { path: `${path}.${first}`, objects }));
  if (!expected) errors.push(field.notSupported(`${path}.type`, spec.type ?? '', types));
  else if (!isSet(spec[expected])) {
    errors.push(field.required(`${path}.${expected}`, 'must populate information for the given metric source'));
  }
  if (present.length !== 1) {
    const others = present.filter((member) => member !== expected);
    errors.push(
      ...others.map((member) => field.forbidden(`${path}.${member}`, 'must populate the given metric source only')),
    );
  }
  return errors;
}

interface Where {
  path: string;
  objects: ApiVersionRule;
}

function validateSource(spec: MetricSpec, member: (typeof members)[number], { path, objects }: Where): FieldError[] {
  const source = spec[member];
  if (!source) return [];
  const named = 'metric' in source ? validateIdentifier(source.metric, `${path}.metric`) : [];
  const target = validateTarget(source.target, `${path}.target`);
  switch (member) {
    case 'object':
      return [
        ...validateObjectReference(spec.object?.describedObject, `${path}.describedObject`, objects),
        ...named,
        ...target,
        ...needsValue(source.target, path, 'must set either a target value or averageValue'),
      ];
    case 'external':
      return [...named, ...target, ...validateExternalTarget(source.target, path)];
    case 'pods':
      return [...named, ...target, ...validatePodsTarget(source.target, path)];
    default:
      return [
        ...validateResourceName(spec, member, path),
        ...target,
        ...validateResourceTarget(source.target, `${path}.target`),
      ];
  }
}

const needsValue = (target: Target, path: string, text: string): FieldError[] =>
  isSet(target.value) || isSet(target.averageValue) ? [] : [field.required(`${path}.target.averageValue`, text)];

function validateExternalTarget(target: Target, path: string): FieldError[] {
  const errors = needsValue(target, path, 'must set either a target value for metric or a per-pod target');
  if (isSet(target.value) && isSet(target.averageValue)) {
    const text = 'may not set both a target value for metric and a per-pod target';
    errors.push(field.forbidden(`${path}.target.value`, text));
  }
  return errors;
}

const validatePodsTarget = (target: Target, path: string): FieldError[] =>
  isSet(target.averageValue)
    ? []
    : [field.required(`${path}.target.averageValue`, 'must specify a positive target averageValue')];

function validateResourceName(spec: MetricSpec, member: 'resource' | 'containerResource', path: string): FieldError[] {
  const { name } = spec[member] ?? {};
  const errors: FieldError[] = [];
  if (!name) errors.push(field.required(`${path}.name`, 'must specify a resource name'));
  else if (member === 'containerResource') errors.push(...invalidEach(name, isQualifiedName(name), `${path}.name`));
  if (member === 'resource') return errors;
  const container = spec.containerResource?.container;
  if (!container) return [...errors, field.required(`${path}.container`, 'must specify a container')];
  return [...errors, ...invalidEach(container, isDns1123Label(container), `${path}.container`)];
}

function validateResourceTarget({ averageUtilization, averageValue }: Target, path: string): FieldError[] {
  if (!isSet(averageUtilization) && !isSet(averageValue)) {
    const text = 'must set either a target raw value or a target utilization';
    return [field.required(`${path}.averageUtilization`, text)];
  }
  if (!isSet(averageUtilization) || !isSet(averageValue)) return [];
  return [field.forbidden(`${path}.averageValue`, 'may not set both a target raw value and a target utilization')];
}

function validateIdentifier({ name }: Identifier, path: string): FieldError[] {
  if (!name) return [field.required(`${path}.name`, 'must specify a metric name')];
  return invalidEach(name, isPathSegmentName(name), `${path}.name`);
}

const targetTypes = ['Utilization', 'Value', 'AverageValue'];

function validateTarget(target: Target, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { type, averageUtilization } = target;
  if (!type) errors.push(field.required(`${path}.type`, 'must specify a metric target type'));
  if (!targetTypes.includes(type)) {
    errors.push(field.invalid(`${path}.type`, type ?? '', 'must be either Utilization, Value, or AverageValue'));
  }
  if (isSet(averageUtilization) && averageUtilization < 1) {
    errors.push(field.invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  for (const name of ['value', 'averageValue'] as const) {
    const value = target[name];
    if (isSet(value) && (tryParseQuantity(value)?.nanos ?? 0n) <= 0n) {
      errors.push(field.invalid(`${path}.${name}`, value, 'must be positive'));
    }
  }
  return errors;
}
