import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Container, Probe } from '../../../meta/json-types';
import { isHttpHeaderName, isPortName, isPortNumber } from '../../../meta/names';
import { invalidEach, validateNonNegative } from '../../../validation/checks';

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & { sleep?: { seconds: number } };

function validatePort(port: number | string, path: string): FieldError[] {
  return invalidEach(port, typeof port === 'number' ? isPortNumber(port) : isPortName(port), path);
}

function validateHttpGet(action: NonNullable<Probe['httpGet']>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!action.path) errors.push(field.required(`${path}.path`));
  errors.push(...validatePort(action.port, `${path}.port`));
  if (action.scheme !== undefined && !['HTTP', 'HTTPS'].includes(action.scheme)) {
    errors.push(field.notSupported(`${path}.scheme`, action.scheme, ['HTTP', 'HTTPS']));
  }
  for (const [index, header] of (action.httpHeaders ?? []).entries()) {
    errors.push(...invalidEach(header.name, isHttpHeaderName(header.name), `${path}.httpHeaders[${index}].name`));
  }
  return errors;
}

function validateHandler(handler: Handler, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  const one = (name: string, given: unknown, check: () => FieldError[]): void => {
    if (!given) return;
    if (count++ > 0) errors.push(field.forbidden(`${path}.${name}`, 'may not specify more than 1 handler type'));
    else errors.push(...check());
  };
  one('exec', handler.exec, () => (handler.exec?.command?.length ? [] : [field.required(`${path}.exec.command`)]));
  one('httpGet', handler.httpGet, () => (handler.httpGet ? validateHttpGet(handler.httpGet, `${path}.httpGet`) : []));
  one('tcpSocket', handler.tcpSocket, () => validatePort(handler.tcpSocket?.port ?? 0, `${path}.tcpSocket.port`));
  one('grpc', handler.grpc, () =>
    invalidEach(handler.grpc?.port, isPortNumber(handler.grpc?.port ?? 0), `${path}.grpc.port`),
  );
  one('sleep', handler.sleep, () => validateNonNegative(handler.sleep?.seconds, `${path}.sleep`));
  if (count === 0) errors.push(field.required(path, 'must specify a handler type'));
  return errors;
}

function validateProbe(probe: Probe | undefined, path: string): FieldError[] {
  if (!probe) return [];
  const counts = [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const;
  const errors = [
    ...validateHandler(probe, path),
    ...counts.flatMap((name) => validateNonNegative(probe[name], `${path}.${name}`)),
  ];
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace !== null && grace <= 0) {
    errors.push(field.invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  return errors;
}

const onlyOneSuccess = (probe: Probe | undefined, path: string): FieldError[] =>
  probe?.successThreshold !== undefined && probe.successThreshold !== 1
    ? [field.invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1')]
    : [];

export function validateProbes(container: Container, path: string): FieldError[] {
  const errors = [
    ...validateProbe(container.livenessProbe, `${path}.livenessProbe`),
    ...onlyOneSuccess(container.livenessProbe, `${path}.livenessProbe`),
    ...validateProbe(container.readinessProbe, `${path}.readinessProbe`),
    ...validateProbe(container.startupProbe, `${path}.startupProbe`),
    ...onlyOneSuccess(container.startupProbe, `${path}.startupProbe`),
  ];
  if (container.readinessProbe?.terminationGracePeriodSeconds !== undefined) {
    errors.push(
      field.invalid(
        `${path}.readinessProbe.terminationGracePeriodSeconds`,
        container.readinessProbe.terminationGracePeriodSeconds,
        'must not be set for readinessProbes',
      ),
    );
  }
  return errors;
}

export function validateLifecycle(container: Container, path: string): FieldError[] {
  const { postStart, preStop } = container.lifecycle ?? {};
  return [
    ...(postStart ? validateHandler(postStart, `${path}.lifecycle.postStart`) : []),
    ...(preStop ? validateHandler(preStop, `${path}.lifecycle.preStop`) : []),
  ];
}
