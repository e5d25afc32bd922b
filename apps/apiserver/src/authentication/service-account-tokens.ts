import { readFileSync } from 'node:fs';
import {
  loadSigningKey,
  loadVerificationKeys,
  ServiceAccountTokenIssuer,
  type SigningKey,
  VerificationKeys,
} from '@nestor/auth';
import { goDurationMs } from '@nestor/formats';
import type { ApiServerConfig } from '../apiserver.config';
import { readFiles } from '../files/follow-files';

/** How service account tokens are made and known. */
export interface ServiceAccountTokens {
  issuer: ServiceAccountTokenIssuer;
  /** The first issues, tokens of all are taken. */
  issuers: readonly string[];
  keys: VerificationKeys;
  /** Names of this API, for which tokens are where nobody says for whom. */
  audiences: readonly string[];
  jwksUri?: string;
  /** Undefined sets no limit. */
  maxSeconds?: number;
  extendsExpiration: boolean;
}

export function openServiceAccountTokens(config: ApiServerConfig): ServiceAccountTokens {
  const { serviceAccountIssuer: issuers, apiAudiences } = config;
  for (const issuer of issuers) checkIssuer(issuer);
  const key = signingKey(config);
  const others = config.serviceAccountKeyFile.flatMap(verificationKeys);
  return {
    issuer: new ServiceAccountTokenIssuer(issuers[0]!, key),
    issuers,
    keys: new VerificationKeys([key, ...others]),
    audiences: apiAudiences.length > 0 ? apiAudiences : issuers,
    jwksUri: config.serviceAccountJwksUri,
    maxSeconds: maxSeconds(config.serviceAccountMaxTokenExpiration),
    extendsExpiration: config.serviceAccountExtendTokenExpiration,
  };
}

function checkIssuer(issuer: string): void {
  if (issuer.includes(':') && !URL.canParse(issuer)) {
    throw new Error(`service-account-issuer ${JSON.stringify(issuer)} contained a ':' but was not a valid URL`);
  }
}

function signingKey({ serviceAccountSigningKeyFile: file }: ApiServerConfig): SigningKey {
  try {
    return loadSigningKey(readFileSync(file));
  } catch (error) {
    throw new Error(`--service-account-signing-key-file: ${file} is no key that can be read`, { cause: error });
  }
}

function verificationKeys(path: string) {
  const [pem = ''] = readFiles({ 'service-account-key-file': path });
  try {
    return loadVerificationKeys(pem);
  } catch (cause) {
    throw new Error(`--service-account-key-file: ${path}: ${(cause as Error).message}`, { cause });
  }
}

function maxSeconds(text: string): number | undefined {
  const ms = text === '0' ? 0 : goDurationMs(text);
  if (ms === 0) return undefined;
  if (ms !== undefined && ms >= 3600_000 && ms <= 2 ** 32 * 1000) return Math.floor(ms / 1000);
  throw new Error('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds');
}
