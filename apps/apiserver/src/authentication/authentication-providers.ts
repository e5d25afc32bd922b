import { readFileSync } from 'node:fs';
import type { Provider } from '@nestjs/common';
import type { ObjectReader } from '@nestor/admission';
import {
  AnonymousAuthenticator,
  ClientCertificateAuthenticator,
  LegacyServiceAccountTokenAuthenticator,
  loadSigningKey,
  RequestHeaderAuthenticator,
  ServiceAccountTokenAuthenticator,
  ServiceAccountTokenIssuer,
  SigningKey,
  TokenAuthenticator,
} from '@nestor/auth';
import { ApiServerConfig } from '../apiserver.config';
import { OBJECT_READER, SIGNING_KEY, STORAGE, TOKEN_AUTHENTICATORS } from '../apiserver.tokens';
import { noteUse } from '../bootstrap/legacy-token-tracking';
import { ResourceRegistry } from '../registry/resource-registry';
import type { StorageContext } from '../storage/storage-context';
import { anonymousSettings, openAuthenticationConfiguration } from './anonymous-settings';
import { CertificateFiles } from './certificate-files';
import { RequestAuthentication } from './request-authentication';

function signingKey({ serviceAccountSigningKeyFile: file }: ApiServerConfig): SigningKey {
  try {
    return loadSigningKey(readFileSync(file));
  } catch (error) {
    throw new Error(`--service-account-signing-key-file: ${file} is no key that can be read`, { cause: error });
  }
}

/** From the cache, or the newest state where the cache knows none: what was made a moment ago counts. */
const readNewest = (reader: ObjectReader) => async (resource: string, namespace: string, name: string) =>
  (await reader.get(resource, namespace, name)) ?? (await reader.get(resource, namespace, name, { fresh: true }));

/** In upstream's order: what is local before what asks others. */
function tokenAuthenticators(
  config: ApiServerConfig,
  key: SigningKey,
  reader: ObjectReader,
  context: StorageContext,
  registry: ResourceRegistry,
): TokenAuthenticator[] {
  const audiences = [config.serviceAccountIssuer];
  const lookup = readNewest(reader);
  return [
    new LegacyServiceAccountTokenAuthenticator({ key, audiences, lookup, used: noteUse(context, registry) }),
    new ServiceAccountTokenAuthenticator({
      key,
      issuer: config.serviceAccountIssuer,
      lookup: async (...of) => {
        const found = await lookup(...of);
        return found && { uid: found.metadata.uid ?? '', deletionTimestamp: found.metadata.deletionTimestamp };
      },
    }),
  ];
}

function frontProxies(config: ApiServerConfig, { proxies }: CertificateFiles): RequestHeaderAuthenticator | undefined {
  if (!proxies) return undefined;
  return new RequestHeaderAuthenticator({
    authorities: proxies,
    allowedNames: config.requestheaderAllowedNames,
    headers: {
      username: config.requestheaderUsernameHeaders,
      uid: config.requestheaderUidHeaders,
      group: config.requestheaderGroupHeaders,
      extraPrefixes: config.requestheaderExtraHeadersPrefix,
    },
  });
}

export const authenticationProviders: Provider[] = [
  { provide: SIGNING_KEY, useFactory: signingKey, inject: [ApiServerConfig] },
  {
    provide: ServiceAccountTokenIssuer,
    useFactory: (config: ApiServerConfig, key: SigningKey) =>
      new ServiceAccountTokenIssuer(config.serviceAccountIssuer, key),
    inject: [ApiServerConfig, SIGNING_KEY],
  },
  {
    provide: TOKEN_AUTHENTICATORS,
    useFactory: tokenAuthenticators,
    inject: [ApiServerConfig, SIGNING_KEY, OBJECT_READER, STORAGE, ResourceRegistry],
  },
  {
    provide: CertificateFiles,
    useFactory: (config: ApiServerConfig) => new CertificateFiles(config),
    inject: [ApiServerConfig],
  },
  {
    provide: RequestAuthentication,
    useFactory: (config: ApiServerConfig, files: CertificateFiles, tokens: TokenAuthenticator[]) =>
      new RequestAuthentication({
        frontProxies: frontProxies(config, files),
        certificates: new ClientCertificateAuthenticator(files.clients),
        tokens,
        anonymous: new AnonymousAuthenticator(anonymousSettings(config, openAuthenticationConfiguration(config))),
        audiences: [config.serviceAccountIssuer],
      }),
    inject: [ApiServerConfig, CertificateFiles, TOKEN_AUTHENTICATORS],
  },
];
