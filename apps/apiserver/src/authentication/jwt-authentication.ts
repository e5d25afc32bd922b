import {
  type AuthenticationResult,
  authenticateToken,
  CachedTokens,
  JwtAuthenticator,
  type JwtConfiguration,
  type TokenAuthenticator,
} from '@nestor/auth';
import { httpsGet } from '../http/https-get';

/** Upstream's: nobody loses what a token gives later than so. */
const knownMs = 10_000;

/** The authenticators of all issuers of a configuration, until they are closed. */
export interface OpenJwtAuthentication extends TokenAuthenticator {
  /** Settles when all issuers are found. */
  readonly ready: Promise<unknown>;
  /** Why issuers are not found. */
  faults(): string[];
  close(): void;
}

/** Looks for the issuers at once; until one is found its tokens are refused. */
export function openJwtAuthentication(
  jwts: readonly JwtConfiguration[],
  algorithms: readonly string[],
): OpenJwtAuthentication {
  const opened = jwts.map((configuration) => {
    const { get, close } = httpsGet(configuration.issuer.certificateAuthority);
    return { authenticator: new JwtAuthenticator({ configuration, algorithms, get }), close };
  });
  const authenticators = opened.map(({ authenticator }) => authenticator);
  const all = {
    authenticate: (token: string, audiences: readonly string[]): Promise<AuthenticationResult> =>
      authenticateToken(authenticators, token, audiences),
  };
  const cached = new CachedTokens(all, { knownMs, unknownMs: 0 });
  return {
    authenticate: (token, audiences) => cached.authenticate(token, audiences),
    ready: Promise.all(authenticators.map(({ provider }) => provider.ready)),
    faults: () => authenticators.flatMap(({ provider }) => provider.fault ?? []),
    close: () =>
      opened.forEach(({ authenticator, close }) => {
        authenticator.close();
        close();
      }),
  };
}
