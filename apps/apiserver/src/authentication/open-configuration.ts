import { readFileSync } from 'node:fs';
import {
  type AnonymousSettings,
  type AuthenticationConfiguration,
  readAuthenticationConfiguration,
  type TokenAuthenticator,
  validateAuthentication,
} from '@nestor/auth';
import { fieldErrorMessage } from '@nestor/api';
import type { ApiServerConfig } from '../apiserver.config';
import { type AuthenticationFile, AuthenticationFileFollower } from './authentication-file';
import { openJwtAuthentication } from './jwt-authentication';
import { oidcAlgorithms, oidcFlagConfiguration } from './oidc-flags';

/** What the file of --authentication-config says, or the flags in its place. */
export interface OpenedConfiguration extends AuthenticationConfiguration {
  file?: AuthenticationFile;
}

export function openAuthenticationConfiguration(config: ApiServerConfig): OpenedConfiguration {
  const { authenticationConfig: path, serviceAccountIssuer: disallowedIssuers } = config;
  const jwt = oidcFlagConfiguration(config);
  if (!path) return checked({ jwt }, disallowedIssuers);
  const text = read(path);
  const configuration = readAuthenticationConfiguration(text, path, disallowedIssuers);
  return { ...configuration, file: { path, text, configuration, disallowedIssuers } };
}

function checked(configuration: AuthenticationConfiguration, issuers: readonly string[]): AuthenticationConfiguration {
  const errors = validateAuthentication(configuration, issuers).map(fieldErrorMessage);
  if (errors.length > 0) throw new Error(`invalid authentication configuration: ${errors.join(', ')}`);
  return configuration;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`--authentication-config: ${(cause as Error).message}`, { cause });
  }
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

/** Who judges the tokens of OpenID Connect issuers, those of a file as it is now; nobody where there are none. */
export function jwtAuthenticators(
  config: ApiServerConfig,
  { file, jwt }: OpenedConfiguration,
  shutdown: AbortSignal,
): TokenAuthenticator[] {
  if (file) return [new AuthenticationFileFollower(file, shutdown)];
  if (jwt.length === 0) return [];
  const opened = openJwtAuthentication(jwt, oidcAlgorithms(config));
  shutdown.addEventListener('abort', () => opened.close(), { once: true });
  return [opened];
}
