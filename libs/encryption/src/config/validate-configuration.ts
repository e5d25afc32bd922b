import { field, goDurationMs, type FieldError } from '@nestor/api';
import {
  providerKinds,
  type EncryptionConfiguration,
  type Key,
  type KmsProvider,
  type ProviderConfiguration,
} from './encryption-configuration';
import { resourceListErrors } from './validate-resources';

const keySizes = { aesgcm: [16, 24, 32], aescbc: [16, 24, 32], secretbox: [32] } as const;
const atLeastOne = (what: string): string => `at least one ${what} is required`;
const mandatory = (what: string, of: string): string => `${what} is a mandatory field for a ${of}`;

/** k8s.io/apiserver/pkg/apis/apiserver/validation ValidateEncryptionConfiguration, with its paths and wording. */
export function validateEncryption({ resources = [] }: EncryptionConfiguration): FieldError[] {
  if (resources.length === 0) return [field.required('resources', atLeastOne('resources'))];
  const kmsNames = new Set<string>();
  return resources.flatMap((entry, index) => {
    const at = `resources[${index}]`;
    const errors: FieldError[] = [];
    if (!entry.resources?.length) {
      errors.push(field.required(`${at}.resources`, atLeastOne(`${at}.resources`)));
    }
    errors.push(...resourceListErrors(entry.resources ?? [], `${at}.resources`));
    if (!entry.providers?.length) {
      errors.push(field.required(`${at}.providers`, atLeastOne(`${at}.providers`)));
    }
    for (const [number, provider] of (entry.providers ?? []).entries()) {
      errors.push(...providerErrors(provider ?? {}, `${at}.providers[${number}]`, kmsNames));
    }
    return errors;
  });
}

function providerErrors(provider: ProviderConfiguration, path: string, kmsNames: Set<string>): FieldError[] {
  const given = providerKinds.filter((kind) => provider[kind] !== undefined);
  if (given.length === 0) {
    const why = 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity';
    return [field.invalid(path, {}, why)];
  }
  if (given.length > 1) {
    const why = 'more than one provider specified in a single element, should split into different list elements';
    return [field.invalid(path, 'REDACTED', why)];
  }
  const [kind] = given;
  if (kind === 'kms') return kmsErrors(provider.kms!, `${path}.kms`, kmsNames);
  if (kind === 'identity' || kind === undefined) return [];
  return keyErrors(provider[kind]?.keys ?? [], `${path}.${kind}.keys`, keySizes[kind]);
}

function keyErrors(keys: readonly Key[], path: string, sizes: readonly number[]): FieldError[] {
  if (keys.length === 0) return [field.required(path, atLeastOne('keys'))];
  return keys.flatMap(({ name, secret }, index) => {
    const at = `${path}[${index}]`;
    const errors = name ? [] : [field.required(`${at}.name`, mandatory('name', 'key'))];
    if (!secret) return [...errors, field.required(`${at}.secret`, mandatory('secret', 'key'))];
    if (!isBase64(secret)) {
      return [...errors, field.invalid(`${at}.secret`, 'REDACTED', 'secrets must be base64 encoded')];
    }
    const { length } = Buffer.from(secret, 'base64');
    if (sizes.includes(length)) return errors;
    const why = `secret is not of the expected length, got ${length}, expected one of [${sizes.join(' ')}]`;
    return [...errors, field.invalid(`${at}.secret`, 'REDACTED', why)];
  });
}

const isBase64 = (text: string): boolean =>
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replace(/[\r\n]/g, ''));

function kmsErrors(kms: KmsProvider, path: string, names: Set<string>): FieldError[] {
  const { apiVersion = 'v1', name = '', timeout = '3s', endpoint = '', cachesize } = kms;
  const errors: FieldError[] = [];
  if (name === '') errors.push(field.required(`${path}.name`, mandatory('name', 'provider')));
  if (name.includes(':')) {
    errors.push(field.invalid(`${path}.name`, name, `invalid KMS provider name ${name}, must not contain ':'`));
  }
  if (names.has(name)) {
    errors.push(field.invalid(`${path}.name`, name, `duplicate KMS provider name ${name}, names must be unique`));
  }
  names.add(name);
  if (!((goDurationMs(timeout) ?? 0) > 0)) {
    errors.push(field.invalid(`${path}.timeout`, timeout, 'timeout should be a positive value'));
  }
  errors.push(...endpointErrors(endpoint, `${path}.endpoint`));
  if (cachesize !== undefined) {
    errors.push(field.invalid(`${path}.cachesize`, cachesize, 'cachesize is not supported in v2'));
  }
  // v1 is off by default since 1.29 and never encrypted without its feature gate.
  if (apiVersion !== 'v2') {
    const why = `unsupported apiVersion ${apiVersion} for KMS provider, only v2 is supported`;
    errors.push(field.invalid(`${path}.apiVersion`, apiVersion, why));
  }
  return errors;
}

function endpointErrors(endpoint: string, path: string): FieldError[] {
  if (endpoint === '') return [field.invalid(path, '', mandatory('endpoint', 'kms'))];
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(endpoint)?.[1] ?? '';
  if (scheme === 'unix') return [];
  const why = `unsupported scheme ${JSON.stringify(scheme)} for KMS provider, only unix is supported`;
  return [field.invalid(path, endpoint, why)];
}
