import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { Secret } from '../../meta/json-types';
import { isConfigMapKey } from '../../meta/names';
import { validateImmutable } from '../../validation/checks';
import { immutableDataErrors, maxDataSize } from '../immutable-data';

const decode = (value: string): Buffer => Buffer.from(value, 'base64');
const serviceAccountName = 'kubernetes.io/service-account.name';

function requireJson(secret: Secret, key: string): FieldError[] {
  const path = `data[${key}]`;
  const value = secret.data?.[key];
  if (value === undefined) return [field.required(path)];
  try {
    JSON.parse(decode(value).toString());
    return [];
  } catch (error) {
    return [field.invalid(path, '<secret contents redacted>', (error as Error).message)];
  }
}

const requireKey = (secret: Secret, key: string): FieldError[] =>
  secret.data?.[key] === undefined ? [field.required(`data[${key}]`)] : [];

/** The keys each well-known type must have. */
function validateType(secret: Secret): FieldError[] {
  switch (secret.type) {
    case 'kubernetes.io/service-account-token':
      return secret.metadata.annotations?.[serviceAccountName]
        ? []
        : [field.required(`metadata.annotations[${serviceAccountName}]`)];
    case 'kubernetes.io/dockercfg':
      return requireJson(secret, '.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return requireJson(secret, '.dockerconfigjson');
    case 'kubernetes.io/basic-auth':
      return secret.data?.['username'] === undefined && secret.data?.['password'] === undefined
        ? [field.required('data[username]'), field.required('data[password]')]
        : [];
    case 'kubernetes.io/ssh-auth':
      return decode(secret.data?.['ssh-privatekey'] ?? '').length === 0 ? [field.required('data[ssh-privatekey]')] : [];
    case 'kubernetes.io/tls':
      return [...requireKey(secret, 'tls.crt'), ...requireKey(secret, 'tls.key')];
    default:
      return [];
  }
}

export function validateSecret(secret: Secret): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    for (const problem of isConfigMapKey(key)) errors.push(field.invalid(`data[${key}]`, key, problem));
    size += decode(value).length;
  }
  if (size > maxDataSize) errors.push(field.tooLong('data', maxDataSize));
  return [...errors, ...validateType(secret)];
}

export function validateSecretUpdate(secret: Secret, old: Readonly<Secret>): FieldError[] {
  return [
    ...validateImmutable(secret.type, old.type, 'type'),
    ...(old.immutable ? immutableDataErrors(secret, old, ['data']) : []),
    ...validateSecret(secret),
  ];
}
