import { CachedTokens, type TokenAuthenticator, WebhookTokenAuthenticator } from '@nestor/auth';
import { readKubeconfig } from '@nestor/connection';
import { goDurationMs } from '@nestor/formats';
import type { ApiServerConfig } from '../apiserver.config';
import { ReviewServer } from '../http/review-server';

const timeoutMs = 30_000;

/** Who asks the server of --authentication-token-webhook-config-file; nobody where there is none. */
export function webhookTokens(
  config: ApiServerConfig,
  audiences: readonly string[],
  shutdown: AbortSignal,
): TokenAuthenticator[] {
  const {
    authenticationTokenWebhookConfigFile: file,
    authenticationTokenWebhookVersion: version,
    authenticationTokenWebhookCacheTtl,
  } = config;
  if (!file) return [];
  const server = new ReviewServer(readKubeconfig(file), timeoutMs);
  shutdown.addEventListener('abort', () => server.close(), { once: true });
  const webhook = new WebhookTokenAuthenticator({ version, audiences, post: server.post });
  const ttl = goDurationMs(authenticationTokenWebhookCacheTtl) ?? 0;
  return [new CachedTokens(webhook, { knownMs: ttl, unknownMs: ttl })];
}
