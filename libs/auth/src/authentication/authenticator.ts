import { aggregateMessage } from '@nestor/api';
import type { UserInfo } from '../user';

export interface AuthenticatedUser {
  kind: 'user';
  user: UserInfo;
  /** Of those that were asked for, whom the credentials are meant for; undefined where they are not about audiences. */
  audiences?: readonly string[];
  /** What the audit event of the request is to tell of the credentials. */
  annotations?: Readonly<Record<string, string>>;
  /** What the caller should know of them. */
  warnings?: readonly string[];
}

/** none: no credentials of this sort were shown; rejected: they were shown and are not good. */
export type AuthenticationResult = AuthenticatedUser | { kind: 'none' } | { kind: 'rejected'; reason: string };

/** One way to prove an identity with a bearer token. Adding one is one file and one entry in the API server's list. */
export interface TokenAuthenticator {
  /** The audiences of whom the token must be meant for one. */
  authenticate(token: string, audiences: readonly string[]): Promise<AuthenticationResult> | AuthenticationResult;
}

/** What is said of a token that no authenticator knows. */
export const invalidBearerToken = 'invalid bearer token';

/**
 * Asks each authenticator in turn; the first user wins, a rejection stands only if nobody accepts (token/union). An
 * authenticator that breaks has rejected the token: it must not open the door to be taken for nobody.
 */
export async function authenticateToken(
  authenticators: Iterable<TokenAuthenticator>,
  token: string,
  audiences: readonly string[],
): Promise<AuthenticationResult> {
  const reasons: string[] = [];
  for (const authenticator of authenticators) {
    const result = await attempt(authenticator, token, audiences);
    if (result.kind === 'user') return result;
    if (result.kind === 'rejected') reasons.push(result.reason);
  }
  return reasons.length > 0 ? { kind: 'rejected', reason: aggregateMessage(reasons) } : { kind: 'none' };
}

async function attempt(
  authenticator: TokenAuthenticator,
  token: string,
  audiences: readonly string[],
): Promise<AuthenticationResult> {
  try {
    return await authenticator.authenticate(token, audiences);
  } catch (error) {
    return { kind: 'rejected', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Tokens that say nothing of audiences are meant for the API server (authenticator.WrapAudienceAgnosticToken). */
export function forApiServer(authenticator: TokenAuthenticator, own: readonly string[]): TokenAuthenticator {
  return {
    async authenticate(token, wanted) {
      const audiences = own.filter((audience) => wanted.includes(audience));
      if (audiences.length === 0) return { kind: 'none' };
      const result = await authenticator.authenticate(token, audiences);
      return result.kind === 'user' ? { ...result, audiences } : result;
    },
  };
}
