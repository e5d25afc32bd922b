import type { JwtConfiguration } from '../../configuration/authentication-configuration';
import { asAuthenticated, type UserInfo } from '../../user';
import type { AuthenticationResult, TokenAuthenticator } from '../authenticator';
import { claimMapper } from './claim-mapper';
import { claimRules, userRules } from './claim-rules';
import { DistributedClaims } from './distributed-claims';
import type { HttpGet } from './http-get';
import { readIdToken, type Claims, type IdToken } from './id-token';
import { OidcMetrics } from './oidc-metrics';
import { OidcProvider } from './oidc-provider';
import { withinLater } from './within';

/** What may be taken at all: signatures that only the issuer can make. */
export const signingAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const;

export interface JwtAuthenticatorOptions {
  configuration: JwtConfiguration;
  algorithms: readonly string[];
  get: HttpGet;
  now?: () => number;
  /** From one fetch of keys to the next at least. */
  betweenMs?: number;
}

/** Tokens of one OpenID Connect issuer (token/oidc): the user is made of what they claim, as the configuration says. */
export class JwtAuthenticator implements TokenAuthenticator {
  readonly provider: OidcProvider;
  private readonly issuer: string;
  private readonly distributed: DistributedClaims | undefined;
  private readonly metrics: OidcMetrics;
  private readonly userOf: (claims: Claims) => UserInfo;
  private readonly checkClaims: (claims: Claims) => void;
  private readonly checkUser: (user: UserInfo) => void;

  constructor({ configuration, algorithms, get, now, betweenMs }: JwtAuthenticatorOptions) {
    const { issuer, claimMappings, claimValidationRules, userValidationRules } = configuration;
    const { url, discoveryURL, audiences } = issuer;
    this.issuer = url;
    this.metrics = new OidcMetrics(url);
    this.userOf = claimMapper(claimMappings);
    this.checkClaims = claimRules(claimValidationRules);
    this.checkUser = userRules(userValidationRules);
    const shared = { audiences, algorithms, get, now, betweenMs };
    const fetchedKeys = (keySet: string | undefined): void => this.metrics.noteKeys(keySet);
    this.provider = new OidcProvider({ issuer: url, discoveryUrl: discoveryURL, ...shared, fetchedKeys });
    const { claim } = claimMappings.groups;
    const open = (other: string): OidcProvider => new OidcProvider({ issuer: other, ...shared });
    this.distributed = claim ? new DistributedClaims({ claim, get, open }) : undefined;
  }

  /** Tokens of other issuers are for others to judge. */
  async authenticate(text: string): Promise<AuthenticationResult> {
    const token = readIdToken(text);
    if (token?.issuer !== this.issuer) return { kind: 'none' };
    const started = performance.now();
    try {
      const user = await this.judge(token);
      this.metrics.observe('success', performance.now() - started);
      return { kind: 'user', user: asAuthenticated(user) };
    } catch (error) {
      this.metrics.observe('failure', performance.now() - started);
      return { kind: 'rejected', reason: (error as Error).message };
    }
  }

  close(): void {
    this.provider.close();
    this.distributed?.close();
    this.metrics.forgetKeys();
  }

  private async judge(token: IdToken): Promise<UserInfo> {
    if (this.provider.fault !== undefined) throw new Error('oidc: authenticator not initialized');
    await withinLater('verify token', () => this.provider.verify(token));
    const claims = await this.expand(token.claims);
    const user = this.userOf(claims);
    this.checkClaims(claims);
    this.checkUser(user);
    return user;
  }

  private async expand(claims: Claims): Promise<Claims> {
    const { distributed } = this;
    return distributed ? withinLater('could not expand distributed claims', () => distributed.expand(claims)) : claims;
  }
}
