import { fieldErrorMessage } from '@nestor/api';
import {
  type AnonymousSettings,
  type AuthenticationConfiguration,
  readAuthenticationConfiguration,
  validateAuthentication,
} from '@nestor/auth';
import type { ApiServerConfig } from '../apiserver.config';
import { readFiles } from '../files/follow-files';
import type { AuthenticationFile } from './authentication-file';
import { oidcFlagConfiguration } from './oidc-flags';

/** What the file of --authentication-config says, or the flags in its place. */
export interface OpenedConfiguration extends AuthenticationConfiguration {
  file?: AuthenticationFile;
}

/** Reads and validates either; throws an Error that tells what is wrong. */
export function openAuthenticationConfiguration(config: ApiServerConfig): OpenedConfiguration {
  const { authenticationConfig: path, serviceAccountIssuer: disallowedIssuers } = config;
  const jwt = oidcFlagConfiguration(config);
  if (!path) return checked({ jwt }, disallowedIssuers);
  const [text = ''] = readFiles({ 'authentication-config': path });
  const configuration = readAuthenticationConfiguration(text, path, disallowedIssuers);
  return { ...configuration, file: { path, text, disallowedIssuers } };
}

function checked(configuration: AuthenticationConfiguration, issuers: readonly string[]): AuthenticationConfiguration {
  const errors = validateAuthentication(configuration, issuers).map(fieldErrorMessage);
  if (errors.length > 0) throw new Error(`invalid authentication configuration: ${errors.join(', ')}`);
  return configuration;
}

/** Who may be anonymous: as the file says, else as the flag says; both at once would be one too many. */
export function anonymousSettings(
  { anonymousAuth }: ApiServerConfig,
  { anonymous }: AuthenticationConfiguration,
): AnonymousSettings {
  if (!anonymous) return { enabled: anonymousAuth ?? true };
  if (anonymousAuth === undefined) return anonymous;
  throw new Error(
    'anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
  );
}
