import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Container } from '../../../meta/json-types';
import { isPortName, isPortNumber } from '../../../meta/names';
import { invalidEach, validateOneOf } from '../../../validation/checks';

type Port = NonNullable<Container['ports']>[number];

export function validatePorts(ports: readonly Port[], hostNetwork: boolean, path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (port.name) {
      const problems = isPortName(port.name);
      errors.push(...invalidEach(port.name, problems, `${at}.name`));
      if (problems.length === 0) {
        if (names.has(port.name)) errors.push(field.duplicate(`${at}.name`, port.name));
        names.add(port.name);
      }
    }
    if (!port.containerPort) errors.push(field.required(`${at}.containerPort`));
    else errors.push(...invalidEach(port.containerPort, isPortNumber(port.containerPort), `${at}.containerPort`));
    if (port.hostPort) {
      errors.push(...invalidEach(port.hostPort, isPortNumber(port.hostPort), `${at}.hostPort`));
      if (hostNetwork && port.hostPort !== port.containerPort) {
        errors.push(
          field.invalid(`${at}.hostPort`, port.hostPort, 'must match `containerPort` when `hostNetwork` is true'),
        );
      }
    }
    if (!port.protocol) errors.push(field.required(`${at}.protocol`));
    errors.push(...validateOneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], `${at}.protocol`));
    return errors;
  });
}

/** checkHostPortConflicts: one host port can be held once in a pod. */
export function validateHostPorts(containers: readonly Container[], path: string): FieldError[] {
  const held = new Set<string>();
  return containers.flatMap((container, index) =>
    (container.ports ?? []).flatMap((port, position) => {
      if (!port.hostPort) return [];
      const key = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (held.has(key)) return [field.duplicate(`${path}[${index}].ports[${position}].hostPort`, key)];
      held.add(key);
      return [];
    }),
  );
}
