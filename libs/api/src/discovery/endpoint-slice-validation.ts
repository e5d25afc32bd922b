import { isIPv4, isIPv6 } from 'node:net';
import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { EndpointSlice } from '../meta/json-types';
import {
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isPortNumber,
  isQualifiedName,
  type NameCheck,
} from '../meta/names';
import { validateEndpointIp } from '../core/endpoint-ip';
import { invalidEach, validateImmutable } from '../validation/checks';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const maxEndpoints = 1000;
const maxPorts = 20000;
const maxAddresses = 100;
const maxHints = 8;

function validateAddress(address: string, type: string, path: string): FieldError[] {
  switch (type) {
    case 'IPv4':
      return isIPv4(address)
        ? validateEndpointIp(address, path)
        : [field.invalid(path, address, 'must be a valid IPv4 address')];
    case 'IPv6':
      return isIPv6(address)
        ? validateEndpointIp(address, path)
        : [field.invalid(path, address, 'must be a valid IPv6 address')];
    case 'FQDN':
      return isDns1123Subdomain(address).map((problem) => field.invalid(path, address, problem));
    default:
      return [];
  }
}

function validateEndpoints(slice: EndpointSlice): FieldError[] {
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > maxEndpoints) return [field.tooMany('endpoints', endpoints.length, maxEndpoints)];
  return endpoints.flatMap(({ addresses = [], hostname, nodeName, hints }, index) => {
    const path = `endpoints[${index}]`;
    const errors: FieldError[] = [];
    if (addresses.length === 0) errors.push(field.required(`${path}.addresses`, 'must contain at least 1 address'));
    else if (addresses.length > maxAddresses) {
      errors.push(field.tooMany(`${path}.addresses`, addresses.length, maxAddresses));
    }
    addresses.forEach((address, position) =>
      errors.push(...validateAddress(address, slice.addressType, `${path}.addresses[${position}]`)),
    );
    if (nodeName !== undefined) errors.push(...invalidEach(nodeName, isDns1123Subdomain(nodeName), `${path}.nodeName`));
    if (hostname !== undefined) errors.push(...invalidEach(hostname, isDns1123Label(hostname), `${path}.hostname`));
    errors.push(...validateHints(hints?.forZones ?? [], isLabelValue, `${path}.hints.forZones`));
    errors.push(...validateHints(hints?.forNodes ?? [], isDns1123Subdomain, `${path}.hints.forNodes`));
    return errors;
  });
}

function validateHints(names: readonly { name: string }[], check: NameCheck, path: string): FieldError[] {
  if (names.length > maxHints) return [field.tooMany(path, names.length, maxHints)];
  return names.flatMap(({ name }, index) => [
    ...(names.findIndex((one) => one.name === name) < index ? [field.duplicate(`${path}[${index}].name`, name)] : []),
    ...invalidEach(name, check(name), `${path}[${index}].name`),
  ]);
}

function validatePorts(slice: EndpointSlice): FieldError[] {
  const ports = slice.ports ?? [];
  if (ports.length > maxPorts) return [field.tooMany('ports', ports.length, maxPorts)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', port, protocol, appProtocol }, index) => {
    const path = `ports[${index}]`;
    const errors: FieldError[] = [];
    if (names.has(name)) errors.push(field.duplicate(`${path}.name`, name));
    names.add(name);
    if (name) errors.push(...invalidEach(name, isDns1123Label(name), `${path}.name`));
    if (!protocol) errors.push(field.required(`${path}.protocol`));
    else if (!['SCTP', 'TCP', 'UDP'].includes(protocol)) {
      errors.push(field.notSupported(`${path}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']));
    }
    if (appProtocol) errors.push(...invalidEach(appProtocol, isQualifiedName(appProtocol), `${path}.appProtocol`));
    if (port !== undefined && port !== null) errors.push(...invalidEach(port, isPortNumber(port), `${path}.port`));
    return errors;
  });
}

export function validateEndpointSlice(slice: EndpointSlice): FieldError[] {
  const errors: FieldError[] = [];
  if (!slice.addressType) errors.push(field.required('addressType'));
  else if (!addressTypes.includes(slice.addressType)) {
    errors.push(field.notSupported('addressType', slice.addressType, addressTypes));
  }
  return [...errors, ...validateEndpoints(slice), ...validatePorts(slice)];
}

export function validateEndpointSliceUpdate(slice: EndpointSlice, old: Readonly<EndpointSlice>): FieldError[] {
  return [...validateEndpointSlice(slice), ...validateImmutable(slice.addressType, old.addressType, 'addressType')];
}
