import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { Service } from '../../meta/json-types';
import { isDns1123Label, isPortName, isPortNumber, isQualifiedName } from '../../meta/names';
import { invalidEach } from '../../validation/checks';
import { isHeadlessSpec, type ServiceSpec } from './service-kinds';

type ServicePort = NonNullable<ServiceSpec['ports']>[number];

const protocols = ['SCTP', 'TCP', 'UDP'];
const kubeletPort = 10250;

export function validateServicePorts({ spec = {} }: Service): FieldError[] {
  const { ports = [], type } = spec;
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadlessSpec(spec) && type !== 'ExternalName') errors.push(field.required('spec.ports'));
  if (type === 'LoadBalancer') errors.push(...validateExposed(ports));
  const names = new Set<string>();
  ports.forEach((port, index) => errors.push(...validatePort(port, ports.length > 1, names, `spec.ports[${index}]`)));
  if (type === 'ClusterIP') errors.push(...validateNoNodePorts(ports));
  return [...errors, ...validateUnique(ports)];
}

function validateExposed(ports: readonly ServicePort[]): FieldError[] {
  const why = `may not expose port ${kubeletPort} externally since it is used by kubelet`;
  return ports.flatMap(({ port }, index) =>
    port === kubeletPort ? [field.invalid(`spec.ports[${index}].port`, port, why)] : [],
  );
}

function validatePort(port: ServicePort, isNamed: boolean, seen: Set<string>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { name, protocol, targetPort, appProtocol } = port;
  if (!name) {
    if (isNamed) errors.push(field.required(`${path}.name`));
  } else {
    errors.push(...invalidEach(name, isDns1123Label(name), `${path}.name`));
    if (seen.has(name)) errors.push(field.duplicate(`${path}.name`, name));
    seen.add(name);
  }
  errors.push(...invalidEach(port.port, isPortNumber(port.port), `${path}.port`));
  if (!protocol) errors.push(field.required(`${path}.protocol`));
  else if (!protocols.includes(protocol)) errors.push(field.notSupported(`${path}.protocol`, protocol, protocols));
  errors.push(...validateTarget(targetPort, `${path}.targetPort`));
  if (appProtocol) errors.push(...invalidEach(appProtocol, isQualifiedName(appProtocol), `${path}.appProtocol`));
  return errors;
}

function validateTarget(port: ServicePort['targetPort'], path: string): FieldError[] {
  if (port === undefined) return [];
  return invalidEach(port, typeof port === 'number' ? isPortNumber(port) : isPortName(port), path);
}

function validateNoNodePorts(ports: readonly ServicePort[]): FieldError[] {
  return ports.flatMap(({ nodePort }, index) =>
    nodePort ? [field.forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'")] : [],
  );
}

function validateUnique(ports: readonly ServicePort[]): FieldError[] {
  const taken = new Set<string>();
  const isTaken = (key: string): boolean => taken.size === taken.add(key).size;
  const ofNodes = ports.flatMap(({ protocol, nodePort }, index) =>
    nodePort && isTaken(`node ${protocol}/${nodePort}`)
      ? [field.duplicate(`spec.ports[${index}].nodePort`, nodePort)]
      : [],
  );
  const own = ports.flatMap(({ protocol, port }, index) =>
    isTaken(`${protocol}/${port}`) ? [field.duplicate(`spec.ports[${index}]`, { protocol, port })] : [],
  );
  return [...ofNodes, ...own];
}
