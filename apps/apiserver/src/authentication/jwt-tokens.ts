import type { TokenAuthenticator } from '@nestor/auth';
import type { ApiServerConfig } from '../apiserver.config';
import { AuthenticationFileFollower } from './authentication-file';
import { openJwtAuthentication } from './jwt-authentication';
import { oidcAlgorithms } from './oidc-flags';
import type { OpenedConfiguration } from './open-configuration';

/** Who judges the tokens of OpenID Connect issuers, those of a file as it is now; nobody where there are none. */
export function jwtTokens(
  config: ApiServerConfig,
  configuration: OpenedConfiguration,
  shutdown: AbortSignal,
): TokenAuthenticator[] {
  const { file, jwt } = configuration;
  if (file) return [new AuthenticationFileFollower(file, configuration, shutdown)];
  if (jwt.length === 0) return [];
  const opened = openJwtAuthentication(jwt, oidcAlgorithms(config));
  shutdown.addEventListener('abort', () => opened.close(), { once: true });
  return [opened];
}
