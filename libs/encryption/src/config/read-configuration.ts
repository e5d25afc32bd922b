import { fieldErrorMessage } from '@nestor/api';
import { parse } from 'yaml';
import type { EncryptionConfiguration } from './encryption-configuration';
import { shapeErrors } from './configuration-shape';
import { validateEncryption } from './validate-configuration';

const apiVersions = ['apiserver.config.k8s.io/v1'];

/** Reads the text of a configuration. Throws an Error that names the file and every field that is wrong, but no key. */
export function readEncryptionConfiguration(text: string, source: string): EncryptionConfiguration {
  const refuse = (why: string): Error => new Error(`encryption configuration ${source}: ${why}`);
  let value: unknown;
  try {
    value = parse(text, { prettyErrors: false });
  } catch {
    // The parser's message quotes the text, which has keys in it.
    throw refuse('no YAML');
  }
  const { apiVersion, kind } = (value ?? {}) as Record<string, unknown>;
  if (kind !== 'EncryptionConfiguration' || !apiVersions.includes(String(apiVersion))) {
    throw refuse(`must be of apiVersion ${apiVersions[0]} and kind EncryptionConfiguration`);
  }
  const shape = shapeErrors(value as Record<string, unknown>);
  if (shape.length > 0) throw refuse(shape.map(fieldErrorMessage).join(', '));
  const configuration = value as EncryptionConfiguration;
  const errors = validateEncryption(configuration);
  if (errors.length > 0) throw refuse(errors.map(fieldErrorMessage).join(', '));
  return configuration;
}
