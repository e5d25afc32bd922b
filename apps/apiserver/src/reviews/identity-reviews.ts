import {
  aggregateMessage,
  badRequest,
  selfSubjectReviewDefinition,
  tokenReviewDefinition,
  type ApiObject,
  type TokenReview,
} from '@nestor/api';
import { type AuthenticationResult, authenticateToken, invalidBearerToken, type UserInfo } from '@nestor/auth';
import { rfc3339 } from '@nestor/formats';
import type { TokenAuthentication } from '../authentication/token-authenticators';
import type { Handler } from '../http/dispatch';
import type { StorageContext } from '../storage/storage-context';
import { reviewHandler } from './review-handler';
import type { UnstoredObject } from './unstored-object';

export interface IdentityReviewDependencies extends TokenAuthentication {
  storage: StorageContext;
}

/** Questions about who somebody is: oneself, or who holds a token. */
export function identityReviewHandlers({ storage, ...by }: IdentityReviewDependencies): [string, Handler][] {
  return [
    reviewHandler(storage, selfSubjectReviewDefinition, async ({ object, validate }, user) => {
      await validate();
      return {
        apiVersion: object.apiVersion,
        kind: object.kind,
        metadata: { creationTimestamp: rfc3339() },
        status: { userInfo: userBody(user) },
      };
    }),
    reviewHandler(storage, tokenReviewDefinition, (sent) => reviewToken(by, sent)),
  ];
}

/** Whose a token is and, of the audiences asked for, for whom it is good. */
async function reviewToken(
  { tokens, audiences: own }: TokenAuthentication,
  { object, validate }: UnstoredObject,
): Promise<ApiObject> {
  const { token = '', audiences = [] } = (object as TokenReview).spec ?? {};
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  await validate();
  const result = await authenticateToken(tokens, token, audiences.length > 0 ? audiences : own);
  return { ...object, status: statusOf(result) };
}

function statusOf(result: AuthenticationResult): Record<string, unknown> {
  if (result.kind === 'user') {
    return { authenticated: true, user: userBody(result.user), audiences: result.audiences ?? [] };
  }
  // Upstream asks its own loopback authenticator first, which adds this one line to whatever else is wrong.
  const errors = result.kind === 'rejected' ? [invalidBearerToken, result.reason] : [invalidBearerToken];
  return { authenticated: false, user: {}, error: aggregateMessage(errors) };
}

const userBody = ({ name, uid, groups, extra }: UserInfo): Record<string, unknown> => ({
  username: name,
  ...(uid ? { uid } : {}),
  groups,
  ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
});
