import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Volume } from '../../../meta/json-types';
import { isConfigMapKey, isDns1123Label } from '../../../meta/names';
import { tryParseQuantity } from '../../../meta/quantity';
import { invalidEach } from '../../../validation/checks';
import { validateLocalPath } from './volume-mounts';

interface KeyToPath {
  key: string;
  path: string;
  mode?: number;
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const modeMessage = 'must be a number between 0 and 0777 (octal), both inclusive';

const validateMode = (mode: number | undefined, path: string): FieldError[] =>
  mode !== undefined && mode !== null && (mode < 0 || mode > 0o777) ? [field.invalid(path, mode, modeMessage)] : [];

function validateItems(items: readonly KeyToPath[] | undefined, path: string): FieldError[] {
  return (items ?? []).flatMap((item, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    if (!item.key) errors.push(field.required(`${at}.key`));
    else errors.push(...invalidEach(item.key, isConfigMapKey(item.key), `${at}.key`));
    if (!item.path) errors.push(field.required(`${at}.path`));
    else errors.push(...validateLocalPath(item.path, `${at}.path`));
    return [...errors, ...validateMode(item.mode, `${at}.mode`)];
  });
}

function validateHostPath(source: NonNullable<Volume['hostPath']>, path: string): FieldError[] {
  if (!source.path) return [field.required(`${path}.path`)];
  const errors: FieldError[] = [];
  if (source.path.split('/').includes('..')) {
    errors.push(field.invalid(`${path}.path`, source.path, "must not contain '..'"));
  }
  if (source.type !== undefined && !hostPathTypes.includes(source.type)) {
    errors.push(field.notSupported(`${path}.type`, source.type, hostPathTypes));
  }
  return errors;
}

function validateSource(volume: Volume, path: string): FieldError[] {
  const { configMap, secret, emptyDir, hostPath, persistentVolumeClaim: claim } = volume;
  const errors: FieldError[] = [];
  if (emptyDir?.sizeLimit && (tryParseQuantity(emptyDir.sizeLimit)?.nanos ?? 0n) < 0n) {
    errors.push(field.forbidden(`${path}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
  }
  if (hostPath) errors.push(...validateHostPath(hostPath, `${path}.hostPath`));
  if (configMap) {
    if (!configMap.name) errors.push(field.required(`${path}.configMap.name`));
    errors.push(...validateMode(configMap.defaultMode, `${path}.configMap.defaultMode`));
    errors.push(...validateItems(configMap.items, `${path}.configMap.items`));
  }
  if (secret) {
    if (!secret.secretName) errors.push(field.required(`${path}.secret.secretName`));
    errors.push(...validateMode(secret.defaultMode, `${path}.secret.defaultMode`));
    errors.push(...validateItems(secret.items, `${path}.secret.items`));
  }
  if (claim && !claim.claimName) errors.push(field.required(`${path}.persistentVolumeClaim.claimName`));
  return errors;
}

export function validateVolumes(volumes: readonly Volume[], path: string): FieldError[] {
  const names = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    const sources = Object.entries(volume).filter(
      ([key, value]) => key !== 'name' && value !== undefined && value !== null,
    );
    if (sources.length === 0) errors.push(field.required(at, 'must specify a volume type'));
    for (const [name] of sources.slice(1)) {
      errors.push(field.forbidden(`${at}.${name}`, 'may not specify more than 1 volume type'));
    }
    if (sources.length > 0) errors.push(...validateSource(volume, at));
    if (!volume.name) errors.push(field.required(`${at}.name`));
    else errors.push(...invalidEach(volume.name, isDns1123Label(volume.name), `${at}.name`));
    if (volume.name && names.has(volume.name)) errors.push(field.duplicate(`${at}.name`, volume.name));
    names.add(volume.name);
    return errors;
  });
}
