import type { UserInfo } from '../user';

/** none: no credentials of this sort were shown; rejected: they were shown and are not good. */
export type AuthenticationResult =
  { kind: 'user'; user: UserInfo } | { kind: 'none' } | { kind: 'rejected'; reason: string };

/** One way to prove an identity with a bearer token. Adding one is one file and one entry in the API server's list. */
export interface TokenAuthenticator {
  authenticate(token: string, audiences?: readonly string[]): Promise<AuthenticationResult> | AuthenticationResult;
}

/** The token of an Authorization header, undefined when it is no bearer header. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [scheme, token] = header.trim().split(/\s+/, 2);
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined;
}

/** Asks each authenticator in turn; the first user wins, a rejection stands only if nobody accepts. */
export async function authenticateToken(
  authenticators: readonly TokenAuthenticator[],
  token: string,
  audiences?: readonly string[],
): Promise<AuthenticationResult> {
  let rejected: AuthenticationResult = { kind: 'rejected', reason: 'unknown token' };
  for (const authenticator of authenticators) {
    const result = await authenticator.authenticate(token, audiences);
    if (result.kind === 'user') return result;
    if (result.kind === 'rejected') rejected = result;
  }
  return rejected;
}
