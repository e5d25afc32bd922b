import type { Provider } from '@nestjs/common';
import { AnonymousAuthenticator, ClientCertificateAuthenticator, RequestHeaderAuthenticator } from '@nestor/auth';
import { ApiServerConfig } from '../apiserver.config';
import { OBJECT_READER, SERVICE_ACCOUNT_TOKENS, STORAGE, TOKEN_AUTHENTICATION } from '../apiserver.tokens';
import { ResourceRegistry } from '../registry/resource-registry';
import { anonymousSettings, openAuthenticationConfiguration } from './anonymous-settings';
import { CertificateFiles } from './certificate-files';
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
    provide: TOKEN_AUTHENTICATION,
    useFactory: tokenAuthentication,
    inject: [ApiServerConfig, SERVICE_ACCOUNT_TOKENS, OBJECT_READER, STORAGE, ResourceRegistry],
  },
  {
    provide: CertificateFiles,
    useFactory: (config: ApiServerConfig) => new CertificateFiles(config),
    inject: [ApiServerConfig],
  },
  {
    provide: RequestAuthentication,
    useFactory: (config: ApiServerConfig, files: CertificateFiles, tokens: TokenAuthentication) =>
      new RequestAuthentication({
        frontProxies: frontProxies(config, files),
        certificates: new ClientCertificateAuthenticator(files.clients),
        ...tokens,
        anonymous: new AnonymousAuthenticator(anonymousSettings(config, openAuthenticationConfiguration(config))),
      }),
    inject: [ApiServerConfig, CertificateFiles, TOKEN_AUTHENTICATION],
  },
];
