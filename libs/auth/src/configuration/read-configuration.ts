import { fieldErrorMessage } from '@nestor/api';
import { parse } from 'yaml';
import type { AuthenticationConfiguration } from './authentication-configuration';
import { anything, listOf, object, text, truth } from './strict-shape';
import { validateAuthentication } from './validate-configuration';

const apiVersions = ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1beta1'];
const shape = object({
  apiVersion: text,
  kind: text,
  metadata: anything,
  anonymous: object({ enabled: truth, conditions: listOf(object({ path: text })) }),
});

/** Reads the text of a configuration. Throws an Error that names the file and everything that is wrong in it. */
export function readAuthenticationConfiguration(content: string, source: string): AuthenticationConfiguration {
  const refuse = (why: string): Error => new Error(`authentication configuration ${source}: ${why}`);
  const value = parsed(content, refuse);
  const { apiVersion, kind } = (value ?? {}) as Record<string, unknown>;
  if (kind !== 'AuthenticationConfiguration' || !apiVersions.includes(String(apiVersion))) {
    throw refuse(`must be of kind AuthenticationConfiguration and of apiVersion ${apiVersions.join(' or ')}`);
  }
  const misfits = shape(value, '');
  if (misfits.length > 0) throw refuse(`strict decoding error: ${misfits.join(', ')}`);
  const configuration = value as AuthenticationConfiguration;
  const errors = validateAuthentication(configuration);
  if (errors.length > 0) throw refuse(errors.map(fieldErrorMessage).join(', '));
  return configuration;
}

function parsed(content: string, refuse: (why: string) => Error): unknown {
  if (content === '') throw refuse('empty config data');
  try {
    return parse(content) as unknown;
  } catch (error) {
    throw refuse((error as Error).message);
  }
}
