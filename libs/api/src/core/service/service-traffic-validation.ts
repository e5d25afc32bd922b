import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { Service } from '../../meta/json-types';
import { isCidr, isPortNumber, isQualifiedName } from '../../meta/names';
import { invalidEach, validateOneOf } from '../../validation/checks';
import { isExternallyAccessible, needsHealthCheckPort, needsNodePorts, type ReadonlySpec } from './service-kinds';

const policies = ['Cluster', 'Local'];
const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
const sourceRangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const onlyLoadBalancer = "may only be used when `type` is 'LoadBalancer'";

export function validateServiceTraffic(service: Service): FieldError[] {
  const { spec = {} } = service;
  return [
    ...validateSourceRanges(service),
    ...validateLoadBalancer(spec),
    ...validateExternalPolicy(spec),
    ...validateHealthCheckPort(spec),
    ...validateInternalPolicy(spec),
    ...validateOneOf(spec.trafficDistribution, distributions, 'spec.trafficDistribution'),
  ];
}

function validateSourceRanges({ metadata, spec = {} }: Service): FieldError[] {
  const { loadBalancerSourceRanges: ranges = [], type } = spec;
  const annotated = metadata.annotations?.[sourceRangesAnnotation];
  const refusal = (path: string): FieldError[] =>
    type === 'LoadBalancer' ? [] : [field.forbidden(path, onlyLoadBalancer)];
  const each = (values: readonly string[], at: (index: number) => string): FieldError[] =>
    // Blanks around a range were always allowed.
    values.map((value) => value.trim()).flatMap((value, index) => invalidEach(value, isCidr(value), at(index)));
  if (ranges.length > 0) {
    const path = 'spec.loadBalancerSourceRanges';
    return [...refusal(path), ...each(ranges, (index) => `${path}[${index}]`)];
  }
  if (annotated === undefined) return [];
  const path = `metadata.annotations[${sourceRangesAnnotation}]`;
  const text = annotated.trim();
  return [...refusal(path), ...(text ? each(text.split(','), () => path) : [])];
}

function validateLoadBalancer({ type, allocateLoadBalancerNodePorts, loadBalancerClass }: ReadonlySpec): FieldError[] {
  const [ports, name] = ['spec.allocateLoadBalancerNodePorts', 'spec.loadBalancerClass'];
  if (type === 'LoadBalancer') {
    return [
      ...(allocateLoadBalancerNodePorts === undefined ? [field.required(ports)] : []),
      ...(loadBalancerClass === undefined
        ? []
        : invalidEach(loadBalancerClass, isQualifiedName(loadBalancerClass), name)),
    ];
  }
  return [
    ...(allocateLoadBalancerNodePorts === undefined ? [] : [field.forbidden(ports, onlyLoadBalancer)]),
    ...(loadBalancerClass === undefined ? [] : [field.forbidden(name, onlyLoadBalancer)]),
  ];
}

function validateExternalPolicy(spec: ReadonlySpec): FieldError[] {
  const path = 'spec.externalTrafficPolicy';
  const policy = spec.externalTrafficPolicy;
  if (isExternallyAccessible(spec)) return policy ? validateOneOf(policy, policies, path) : [field.required(path)];
  return policy ? [field.invalid(path, policy, 'may only be set for externally-accessible services')] : [];
}

function validateHealthCheckPort(spec: ReadonlySpec): FieldError[] {
  const path = 'spec.healthCheckNodePort';
  const port = spec.healthCheckNodePort ?? 0;
  if (needsHealthCheckPort(spec)) return port ? invalidEach(port, isPortNumber(port), path) : [field.required(path)];
  const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return port ? [field.invalid(path, port, why)] : [];
}

function validateInternalPolicy(spec: ReadonlySpec): FieldError[] {
  const path = 'spec.internalTrafficPolicy';
  const isNeeded = needsNodePorts(spec) || spec.type === 'ClusterIP';
  if (spec.internalTrafficPolicy === undefined) return isNeeded ? [field.required(path)] : [];
  return policies.includes(spec.internalTrafficPolicy)
    ? []
    : [field.notSupported(path, spec.internalTrafficPolicy, policies)];
}

/** What an update may not change of it. */
export function validateServiceTrafficUpdate(spec: ReadonlySpec, before: ReadonlySpec): FieldError[] {
  const errors: FieldError[] = [];
  const areBoth = spec.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (areBoth && spec.loadBalancerClass !== before.loadBalancerClass)
    errors.push(field.invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'));
  const checked = needsHealthCheckPort(spec) && needsHealthCheckPort(before);
  if (checked && spec.healthCheckNodePort !== before.healthCheckNodePort)
    errors.push(field.forbidden('spec.healthCheckNodePort', 'field is immutable'));
  return errors;
}
