import { isIP } from 'node:net';
import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { Service } from '../../meta/json-types';
import { validateLabels } from '../../meta/labels-validation';
import { isDns1123Label, isDns1123Subdomain, isIp, isPortName, isPortNumber } from '../../meta/names';
import { invalidEach, validateImmutable } from '../../validation/checks';
import { validateEndpointIp } from '../endpoint-ip';

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const maxAffinityTimeout = 86400;

function validateTargetPort(port: ServicePort['targetPort'], path: string): FieldError[] {
  if (port === undefined) return [];
  return typeof port === 'number'
    ? invalidEach(port, isPortNumber(port), path)
    : invalidEach(port, isPortName(port), path);
}

function validatePort(port: ServicePort, named: boolean, seen: Set<string>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!port.name) {
    if (named) errors.push(field.required(`${path}.name`));
  } else {
    errors.push(...invalidEach(port.name, isDns1123Label(port.name), `${path}.name`));
    if (seen.has(port.name)) errors.push(field.duplicate(`${path}.name`, port.name));
    seen.add(port.name);
  }
  errors.push(...invalidEach(port.port, isPortNumber(port.port), `${path}.port`));
  if (!port.protocol) errors.push(field.required(`${path}.protocol`));
  else if (!protocols.includes(port.protocol)) {
    errors.push(field.notSupported(`${path}.protocol`, port.protocol, protocols));
  }
  errors.push(...validateTargetPort(port.targetPort, `${path}.targetPort`));
  return errors;
}

function validatePorts(service: Service): FieldError[] {
  const { ports = [], type, clusterIP } = service.spec ?? {};
  const headless = clusterIP === 'None';
  const errors: FieldError[] = [];
  if (ports.length === 0 && !headless && type !== 'ExternalName') errors.push(field.required('spec.ports'));
  const names = new Set<string>();
  const portKeys = new Set<string>();
  const nodePorts = new Set<string>();
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`;
    errors.push(...validatePort(port, ports.length > 1, names, path));
    if (port.nodePort && type !== 'NodePort' && type !== 'LoadBalancer') {
      errors.push(field.forbidden(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
    const key = `${port.protocol}/${port.port}`;
    if (portKeys.has(key)) {
      errors.push(field.duplicate(path, { protocol: port.protocol, port: port.port }));
    }
    portKeys.add(key);
    if (port.nodePort) {
      const nodeKey = `${port.protocol}/${port.nodePort}`;
      if (nodePorts.has(nodeKey)) errors.push(field.duplicate(`${path}.nodePort`, port.nodePort));
      nodePorts.add(nodeKey);
    }
  });
  return errors;
}

function validateClusterIps(service: Service): FieldError[] {
  const { clusterIPs = [], clusterIP, type } = service.spec ?? {};
  const ips = clusterIPs.length ? clusterIPs : clusterIP ? [clusterIP] : [];
  if (type === 'ExternalName') {
    return ips.length ? [field.forbidden('spec.clusterIPs', 'may not be set for ExternalName services')] : [];
  }
  if (clusterIP && clusterIPs[0] && clusterIPs[0] !== clusterIP) {
    return [field.invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`')];
  }
  const errors = ips.flatMap((ip, index) => {
    const path = `spec.clusterIPs[${index}]`;
    if (ip === 'None') {
      if (ips.length > 1) return [field.invalid(path, clusterIPs, "'None' must be the first and only value")];
      return [];
    }
    return invalidEach(ip, isIp(ip), path);
  });
  if (errors.length === 0 && ips.length > 2) {
    errors.push(field.invalid('spec.clusterIPs', clusterIPs, 'may only hold up to 2 values'));
  } else if (errors.length === 0 && ips.length === 2 && isIP(ips[0] ?? '') === isIP(ips[1] ?? '')) {
    errors.push(field.invalid('spec.clusterIPs', clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  return errors;
}

function validateType(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  const errors: FieldError[] = [];
  if (!spec.type) errors.push(field.required('spec.type'));
  else if (!types.includes(spec.type)) errors.push(field.notSupported('spec.type', spec.type, types));
  if (spec.type === 'LoadBalancer' && spec.clusterIP === 'None') {
    errors.push(field.invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services"));
  }
  if (spec.type === 'NodePort' && spec.clusterIP === 'None') {
    errors.push(field.invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services"));
  }
  if (spec.type === 'ExternalName') {
    const name = (spec.externalName ?? '').replace(/\.$/, '');
    if (name === '') errors.push(field.required('spec.externalName'));
    else errors.push(...invalidEach(name, isDns1123Subdomain(name), 'spec.externalName'));
  }
  return errors;
}

function validateAffinity(service: Service): FieldError[] {
  const { sessionAffinity, sessionAffinityConfig } = service.spec ?? {};
  const path = 'spec.sessionAffinity';
  if (!sessionAffinity) return [field.required(path)];
  if (!['ClientIP', 'None'].includes(sessionAffinity)) {
    return [field.notSupported(path, sessionAffinity, ['ClientIP', 'None'])];
  }
  if (sessionAffinity !== 'ClientIP') return [];
  const timeout = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 0;
  return timeout > 0 && timeout <= maxAffinityTimeout
    ? []
    : [
        field.invalid(
          'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
          timeout,
          `must be greater than 0 and less than ${maxAffinityTimeout}`,
        ),
      ];
}

function validateTrafficPolicies(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  const errors: FieldError[] = [];
  const policies = ['Cluster', 'Local'];
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs?.length ?? 0) > 0;
  if (spec.externalTrafficPolicy) {
    if (!external) {
      errors.push(
        field.invalid(
          'spec.externalTrafficPolicy',
          spec.externalTrafficPolicy,
          'may only be set for externally-accessible services',
        ),
      );
    } else if (!policies.includes(spec.externalTrafficPolicy)) {
      errors.push(field.notSupported('spec.externalTrafficPolicy', spec.externalTrafficPolicy, policies));
    }
  }
  if (spec.internalTrafficPolicy && !policies.includes(spec.internalTrafficPolicy)) {
    errors.push(field.notSupported('spec.internalTrafficPolicy', spec.internalTrafficPolicy, policies));
  }
  return errors;
}

export function validateService(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  return [
    ...validatePorts(service),
    ...validateType(service),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAffinity(service),
    ...validateClusterIps(service),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => validateEndpointIp(ip, `spec.externalIPs[${index}]`)),
    ...validateTrafficPolicies(service),
  ];
}

export function validateServiceUpdate(service: Service, old: Readonly<Service>): FieldError[] {
  const errors: FieldError[] = [];
  const before = old.spec?.clusterIP;
  // An address stays until the type gives it up.
  if (
    old.spec?.type !== 'ExternalName' &&
    service.spec?.type !== 'ExternalName' &&
    before &&
    before !== service.spec?.clusterIP
  ) {
    errors.push(
      ...validateImmutable(service.spec?.clusterIP ?? '', before, 'spec.clusterIP').map((error) => ({
        ...error,
        field: 'spec.clusterIPs[0]',
        badValue: [service.spec?.clusterIP ?? ''],
        detail: 'may not change once set',
      })),
    );
  }
  return [...errors, ...validateService(service)];
}
