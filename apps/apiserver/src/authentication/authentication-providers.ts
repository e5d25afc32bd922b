import type { Provider } from '@nestjs/common';
import { AnonymousAuthenticator, ClientCertificateAuthenticator, RequestHeaderAuthenticator } from '@nestor/auth';
import { ApiServerConfig } from '../apiserver.config';
import {
  AUTHENTICATION_CONFIGURATION,
  OBJECT_READER,
  SERVICE_ACCOUNT_TOKENS,
  SHUTDOWN,
  STORAGE,
  TOKEN_AUTHENTICATION,
} from '../apiserver.tokens';
import { ResourceRegistry } from '../registry/resource-registry';
import { CertificateFiles } from './certificate-files';
import { anonymousSettings, openAuthenticationConfiguration, type OpenedConfiguration } from './open-configuration';
import { RequestAuthentication } from './request-authentication';
import { openServiceAccountTokens } from './service-account-tokens';
import { type TokenAuthentication, tokenAuthentication } from './token-authenticators';

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
  { provide: SERVICE_ACCOUNT_TOKENS, useFactory: openServiceAccountTokens, inject: [ApiServerConfig] },
  {
    provide: AUTHENTICATION_CONFIGURATION,
    useFactory: openAuthenticationConfiguration,
    inject: [ApiServerConfig],
  },
  {
    provide: TOKEN_AUTHENTICATION,
    useFactory: tokenAuthentication,
    inject: [
      ApiServerConfig,
      AUTHENTICATION_CONFIGURATION,
      SERVICE_ACCOUNT_TOKENS,
      OBJECT_READER,
      STORAGE,
      ResourceRegistry,
      SHUTDOWN,
    ],
  },
  {
    provide: CertificateFiles,
    useFactory: (config: ApiServerConfig) => new CertificateFiles(config),
    inject: [ApiServerConfig],
  },
  {
    provide: RequestAuthentication,
    useFactory: (
      config: ApiServerConfig,
      configuration: OpenedConfiguration,
      files: CertificateFiles,
      tokens: TokenAuthentication,
    ) =>
      new RequestAuthentication({
        frontProxies: frontProxies(config, files),
        certificates: new ClientCertificateAuthenticator(files.clients),
        ...tokens,
        anonymous: new AnonymousAuthenticator(anonymousSettings(config, configuration)),
      }),
    inject: [ApiServerConfig, AUTHENTICATION_CONFIGURATION, CertificateFiles, TOKEN_AUTHENTICATION],
  },
];
