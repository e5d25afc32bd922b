import { readNewest, type ObjectReader } from '@nestor/admission';
import {
  BootstrapTokenAuthenticator,
  forApiServer,
  LegacyServiceAccountTokenAuthenticator,
  ServiceAccountTokenAuthenticator,
  TokenAuthenticator,
  TokenFileAuthenticator,
} from '@nestor/auth';
import { bootstrapTokenNamespace } from '@nestor/formats';
import { createLogger } from '@nestor/telemetry';
import type { ApiServerConfig } from '../apiserver.config';
import { noteUse } from '../bootstrap/legacy-token-tracking';
import { readFiles } from '../files/follow-files';
import type { ResourceRegistry } from '../registry/resource-registry';
import type { StorageContext } from '../storage/storage-context';
import { countTokenUse as count } from './authentication-metrics';
import { jwtTokens } from './jwt-tokens';
import type { OpenedConfiguration } from './open-configuration';
import type { ServiceAccountTokens } from './service-account-tokens';
import { webhookTokens } from './webhook-tokens';

const log = createLogger('authentication');

/** What bearer tokens are judged by, for requests and for TokenReviews alike. */
export interface TokenAuthentication {
  tokens: Iterable<TokenAuthenticator>;
  /** Names of this API: a token is meant for one of them. */
  audiences: readonly string[];
}

/** In upstream's order: what is local before what asks others. */
export function tokenAuthentication(
  config: ApiServerConfig,
  configuration: OpenedConfiguration,
  { keys, issuers, audiences }: ServiceAccountTokens,
  reader: ObjectReader,
  context: StorageContext,
  registry: ResourceRegistry,
  shutdown: AbortController,
): TokenAuthentication {
  const lookup = (...place: [string, string, string]) => readNewest(reader, place);
  const tokens = [
    ...tokenFile(config, audiences),
    new LegacyServiceAccountTokenAuthenticator({ keys, audiences, lookup, used: noteUse(context, registry), count }),
    new ServiceAccountTokenAuthenticator({
      keys,
      issuers,
      audiences,
      count,
      lookup: async (...of) => {
        const found = await lookup(...of);
        return found && { uid: found.metadata.uid ?? '', deletionTimestamp: found.metadata.deletionTimestamp };
      },
    }),
    ...bootstrapTokens(config, reader, audiences),
    ...jwtTokens(config, configuration, shutdown.signal).map((one) => forApiServer(one, audiences)),
    ...webhookTokens(config, audiences, shutdown.signal),
  ];
  return { tokens, audiences };
}

function tokenFile({ tokenAuthFile: path }: ApiServerConfig, audiences: readonly string[]): TokenAuthenticator[] {
  if (!path) return [];
  const [content = ''] = readFiles({ 'token-auth-file': path });
  const file = new TokenFileAuthenticator(content, path);
  for (const warning of file.warnings) log.warn(warning);
  return [forApiServer(file, audiences)];
}

function bootstrapTokens(
  { enableBootstrapTokenAuth }: ApiServerConfig,
  reader: ObjectReader,
  audiences: readonly string[],
): TokenAuthenticator[] {
  if (!enableBootstrapTokenAuth) return [];
  const authenticator = new BootstrapTokenAuthenticator({
    // As the cache has it: whoever guesses at tokens must not make us ask Postgres.
    secret: async (name) => await reader.get('secrets', bootstrapTokenNamespace, name),
    onMismatch: ({ metadata }, why) =>
      log.info({ namespace: metadata.namespace, name: metadata.name, why }, 'a bootstrap token is not good'),
  });
  return [forApiServer(authenticator, audiences)];
}
