import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Container, Volume } from '../../../meta/json-types';

/** A path inside a volume: relative, and never upwards. */
export function validateLocalPath(value: string, path: string): FieldError[] {
  if (value.startsWith('/')) return [field.invalid(path, value, 'must be a relative path')];
  return value.split('/').includes('..') ? [field.invalid(path, value, "must not contain '..'")] : [];
}

export function validateVolumeMounts(container: Container, volumes: readonly Volume[], path: string): FieldError[] {
  const names = new Set(volumes.map(({ name }) => name));
  const mounted = new Set<string>();
  const devices = new Set((container.volumeDevices ?? []).map(({ name }) => name));
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const at = `${path}.volumeMounts[${index}]`;
    const errors: FieldError[] = [];
    if (!mount.name) errors.push(field.required(`${at}.name`));
    if (!names.has(mount.name)) errors.push(field.notFound(`${at}.name`, mount.name));
    if (!mount.mountPath) errors.push(field.required(`${at}.mountPath`));
    if (mounted.has(mount.mountPath)) errors.push(field.invalid(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    mounted.add(mount.mountPath);
    if (devices.has(mount.name)) {
      errors.push(field.invalid(`${at}.name`, mount.name, 'must not already exist in volumeDevices'));
    }
    if (mount.subPath) errors.push(...validateLocalPath(mount.subPath, `${at}.subPath`));
    if (mount.subPathExpr) {
      if (mount.subPath) {
        errors.push(
          field.invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
        );
      }
      errors.push(...validateLocalPath(mount.subPathExpr, `${at}.subPathExpr`));
    }
    const propagations = ['Bidirectional', 'HostToContainer', 'None'];
    if (mount.mountPropagation && !propagations.includes(mount.mountPropagation)) {
      errors.push(field.notSupported(`${at}.mountPropagation`, mount.mountPropagation, propagations));
    } else if (mount.mountPropagation === 'Bidirectional' && !container.securityContext?.privileged) {
      errors.push(
        field.forbidden(
          `${at}.mountPropagation`,
          'Bidirectional mount propagation is available only to privileged containers',
        ),
      );
    }
    return errors;
  });
}

export function validateVolumeDevices(container: Container, path: string): FieldError[] {
  const seen = new Set<string>();
  return (container.volumeDevices ?? []).flatMap((device, index) => {
    const at = `${path}.volumeDevices[${index}]`;
    const errors: FieldError[] = [];
    if (!device.name) errors.push(field.required(`${at}.name`));
    if (!device.devicePath) errors.push(field.required(`${at}.devicePath`));
    if (seen.has(device.devicePath))
      errors.push(field.invalid(`${at}.devicePath`, device.devicePath, 'must be unique'));
    seen.add(device.devicePath);
    return errors;
  });
}
