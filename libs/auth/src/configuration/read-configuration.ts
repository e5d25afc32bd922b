import { fieldErrorMessage } from '@nestor/api';
import type { AuthenticationConfiguration } from './authentication-configuration';
import { decodeConfiguration, type ConfigurationForm } from './decode-configuration';
import { anything, listOf, object, text, truth } from './strict-shape';
import { validateAuthentication } from './validate-configuration';

const form: ConfigurationForm = {
  kind: 'AuthenticationConfiguration',
  apiVersions: ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1beta1'],
  shape: object({
    apiVersion: text,
    kind: text,
    metadata: anything,
    anonymous: object({ enabled: truth, conditions: listOf(object({ path: text })) }),
  }),
};

/** Reads the text of a configuration. Throws an Error that names the file and everything that is wrong in it. */
export function readAuthenticationConfiguration(content: string, source: string): AuthenticationConfiguration {
  const refuse = (why: string): Error => new Error(`authentication configuration ${source}: ${why}`);
  if (content === '') throw refuse('empty config data');
  const configuration = decodeConfiguration(content, form, refuse) as AuthenticationConfiguration;
  const errors = validateAuthentication(configuration);
  if (errors.length > 0) throw refuse(errors.map(fieldErrorMessage).join(', '));
  return configuration;
}
