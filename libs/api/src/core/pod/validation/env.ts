import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Container } from '../../../meta/json-types';
import { isConfigMapKey, isEnvVarName } from '../../../meta/names';
import { invalidEach } from '../../../validation/checks';

type EnvVar = NonNullable<Container['env']>[number];
type Source = NonNullable<EnvVar['valueFrom']>;

const fieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const resourcePaths = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

function validateKeyRef(ref: { name?: string; key: string } | undefined, path: string): FieldError[] {
  if (!ref) return [];
  const errors: FieldError[] = [];
  if (!ref.name) errors.push(field.required(`${path}.name`));
  if (!ref.key) errors.push(field.required(`${path}.key`));
  else errors.push(...invalidEach(ref.key, isConfigMapKey(ref.key), `${path}.key`));
  return errors;
}

function validateFieldRef(ref: Source['fieldRef'], path: string): FieldError[] {
  if (!ref) return [];
  if (!ref.apiVersion) return [field.required(`${path}.apiVersion`)];
  if (!ref.fieldPath) return [field.required(`${path}.fieldPath`)];
  const subscript = /^metadata\.(annotations|labels)\['[^']+'\]$/;
  return fieldPaths.includes(ref.fieldPath) || subscript.test(ref.fieldPath)
    ? []
    : [field.notSupported(`${path}.fieldPath`, ref.fieldPath, fieldPaths)];
}

function validateResourceRef(ref: Source['resourceFieldRef'], path: string): FieldError[] {
  if (!ref) return [];
  if (!ref.resource) return [field.required(`${path}.resource`)];
  return resourcePaths.includes(ref.resource) || /^(limits|requests)\.hugepages-/.test(ref.resource)
    ? []
    : [field.notSupported(`${path}.resource`, ref.resource, resourcePaths)];
}

function validateSource(variable: EnvVar, path: string): FieldError[] {
  const source = variable.valueFrom;
  if (!source) return [];
  const at = `${path}.valueFrom`;
  const count = Object.values(source).filter((value) => value !== undefined && value !== null).length;
  const errors = [
    ...validateFieldRef(source.fieldRef, `${at}.fieldRef`),
    ...validateResourceRef(source.resourceFieldRef, `${at}.resourceFieldRef`),
    ...validateKeyRef(source.configMapKeyRef, `${at}.configMapKeyRef`),
    ...validateKeyRef(source.secretKeyRef, `${at}.secretKeyRef`),
  ];
  if (count === 0) {
    errors.push(
      field.invalid(
        at,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  } else if (variable.value) {
    errors.push(field.invalid(at, '', 'may not be specified when `value` is not empty'));
  } else if (count > 1) {
    errors.push(field.invalid(at, '', 'may not have more than one field specified at a time'));
  }
  return errors;
}

export function validateEnv(container: Container, path: string): FieldError[] {
  const variables = (container.env ?? []).flatMap((variable, index) => {
    const at = `${path}.env[${index}]`;
    const name = variable.name
      ? invalidEach(variable.name, isEnvVarName(variable.name), `${at}.name`)
      : [field.required(`${at}.name`)];
    return [...name, ...validateSource(variable, at)];
  });
  const sources = (container.envFrom ?? []).flatMap((source, index) => {
    const at = `${path}.envFrom[${index}]`;
    const errors = source.prefix ? invalidEach(source.prefix, isEnvVarName(source.prefix), `${at}.prefix`) : [];
    if (source.configMapRef && source.secretRef) {
      errors.push(field.invalid(at, '', 'may not have more than one field specified at a time'));
    } else if (!source.configMapRef && !source.secretRef) {
      errors.push(field.invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    }
    if (source.configMapRef && !source.configMapRef.name) errors.push(field.required(`${at}.configMapRef.name`));
    if (source.secretRef && !source.secretRef.name) errors.push(field.required(`${at}.secretRef.name`));
    return errors;
  });
  return [...variables, ...sources];
}
