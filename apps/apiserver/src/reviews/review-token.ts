import { aggregateMessage, badRequest } from '@nestor/api';
import { AuthenticationResult, authenticateToken, invalidBearerToken, UserInfo } from '@nestor/auth';
import type { TokenAuthentication } from '../authentication/token-authenticators';
import { text } from '../storage/read-value';

type Fields = Record<string, unknown>;

/** The status of a TokenReview: whose the token is and, of the audiences asked for, for whom it is good. */
export async function reviewToken({ tokens, audiences: own }: TokenAuthentication, spec: Fields): Promise<Fields> {
  const token = text(spec, 'token');
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const given = Array.isArray(spec['audiences']) ? (spec['audiences'] as string[]) : [];
  const result = await authenticateToken(tokens, token, given.length > 0 ? given : own);
  if (result.kind !== 'user') return { authenticated: false, user: {}, error: errorOf(result) };
  return { authenticated: true, user: userBody(result.user), audiences: result.audiences ?? [] };
}

/** Upstream asks once for its own loopback token first, which adds this one line to whatever else is wrong. */
const errorOf = (result: Exclude<AuthenticationResult, { kind: 'user' }>): string =>
  aggregateMessage(result.kind === 'rejected' ? [invalidBearerToken, result.reason] : [invalidBearerToken]);

export const userBody = ({ name, uid, groups, extra }: UserInfo): Fields => ({
  username: name,
  ...(uid ? { uid } : {}),
  groups,
  ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
});
