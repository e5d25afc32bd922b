import { readFileSync } from 'node:fs';
import type { Provider } from '@nestjs/common';
import {
  AnonymousAuthenticator,
  ClientCertificateAuthenticator,
  loadSigningKey,
  RequestHeaderAuthenticator,
  ServiceAccountTokenIssuer,
  SigningKey,
} from '@nestor/auth';
import { ApiServerConfig } from '../apiserver.config';
import { OBJECT_READER, SIGNING_KEY, STORAGE, TOKEN_AUTHENTICATION } from '../apiserver.tokens';
import { ResourceRegistry } from '../registry/resource-registry';
import { anonymousSettings, openAuthenticationConfiguration } from './anonymous-settings';
import { CertificateFiles } from './certificate-files';
import { RequestAuthentication } from './request-authentication';
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

function signingKey({ serviceAccountSigningKeyFile: file }: ApiServerConfig): SigningKey {
  try {
    return loadSigningKey(readFileSync(file));
  } catch (error) {
    throw new Error(`--service-account-signing-key-file: ${file} is no key that can be read`, { cause: error });
  }
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
    provide: TOKEN_AUTHENTICATION,
    useFactory: tokenAuthentication,
    inject: [ApiServerConfig, SIGNING_KEY, OBJECT_READER, STORAGE, ResourceRegistry],
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
