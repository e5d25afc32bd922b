import { readFileSync } from 'node:fs';
import {
  type AnonymousSettings,
  type AuthenticationConfiguration,
  readAuthenticationConfiguration,
} from '@nestor/auth';
import type { ApiServerConfig } from '../apiserver.config';

/** What the file of --authentication-config says; nothing where there is none. */
export function openAuthenticationConfiguration({
  authenticationConfig: path,
}: ApiServerConfig): AuthenticationConfiguration {
  if (!path) return {};
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`--authentication-config: ${(cause as Error).message}`, { cause });
  }
  return readAuthenticationConfiguration(content, path);
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
