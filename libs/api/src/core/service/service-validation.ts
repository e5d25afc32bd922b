import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { Service } from '../../meta/json-types';
import { validateLabels } from '../../meta/labels-validation';
import { isDns1123Subdomain } from '../../meta/names';
import { invalidEach } from '../../validation/checks';
import { validateEndpointIp } from '../endpoint-ip';
import { validateClusterIpFields, validateClusterIpUpdate } from './cluster-ip-validation';
import { isHeadlessSpec, type ReadonlySpec } from './service-kinds';
import { validateServicePorts } from './service-ports-validation';
import { validateServiceTraffic, validateServiceTrafficUpdate } from './service-traffic-validation';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const affinities = ['ClientIP', 'None'];
const maxAffinityTimeout = 86400;
const notForExternalName = 'may not be set for ExternalName services';

function validateType(spec: ReadonlySpec): FieldError[] {
  const { type } = spec;
  if (!type) return [field.required('spec.type')];
  if (!types.includes(type)) return [field.notSupported('spec.type', type, types)];
  if (type === 'ExternalName') return validateExternalName(spec);
  const isRefused = isHeadlessSpec(spec) && type !== 'ClusterIP';
  return isRefused
    ? [field.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`)]
    : [];
}

function validateExternalName({ externalName, clusterIPs, ipFamilies, ipFamilyPolicy }: ReadonlySpec): FieldError[] {
  const path = 'spec.externalName';
  // A CNAME that is whole ends with a dot.
  const name = (externalName ?? '').replace(/\.$/, '');
  return [
    ...(clusterIPs?.length ? [field.forbidden('spec.clusterIPs', notForExternalName)] : []),
    ...(ipFamilies?.length ? [field.forbidden('spec.ipFamilies', notForExternalName)] : []),
    ...(ipFamilyPolicy === undefined ? [] : [field.forbidden('spec.ipFamilyPolicy', notForExternalName)]),
    ...(name === '' ? [field.required(path)] : invalidEach(name, isDns1123Subdomain(name), path)),
  ];
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ReadonlySpec): FieldError[] {
  const path = 'spec.sessionAffinity';
  if (!sessionAffinity) return [field.required(path)];
  if (!affinities.includes(sessionAffinity)) return [field.notSupported(path, sessionAffinity, affinities)];
  const at = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None') {
    const why = 'must not be set when session affinity is None';
    return sessionAffinityConfig ? [field.forbidden(at, why)] : [];
  }
  const timeout = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 0;
  if (timeout > 0 && timeout <= maxAffinityTimeout) return [];
  const why = `must be greater than 0 and less than ${maxAffinityTimeout}`;
  return [field.invalid(`${at}.clientIP.timeoutSeconds`, timeout, why)];
}

export function validateService(service: Service): FieldError[] {
  const { spec = {} } = service;
  return [
    ...validateServicePorts(service),
    ...validateType(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAffinity(spec),
    ...validateClusterIpFields(service),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => validateEndpointIp(ip, `spec.externalIPs[${index}]`)),
    ...validateServiceTraffic(service),
  ];
}

export function validateServiceUpdate(service: Service, old: Readonly<Service>): FieldError[] {
  const [spec, before] = [service.spec ?? {}, old.spec ?? {}];
  return [
    ...validateClusterIpUpdate(spec, before),
    ...validateServiceTrafficUpdate(spec, before),
    ...validateService(service),
  ];
}
