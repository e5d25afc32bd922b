import { createHmac, randomBytes } from 'node:crypto';
import { asAuthenticated, type AuthenticationResult, type TokenAuthenticator } from '@nestor/auth';
import { RememberedAnswers } from './remembered-answers';
import type { Reviews, TokenReviewStatus } from './reviews';

export interface TokenReviewSettings {
  review: Reviews['token'];
  ttlMs: number;
  now?(): number;
}

/** Whose a token is by the API server's word (k8s.io/apiserver token/cache over webhook). */
export class TokenReviewAuthenticator implements TokenAuthenticator {
  private readonly answers: RememberedAnswers<string, AuthenticationResult>;
  /** Tokens are kept by a hash that says nothing outside of this process. */
  private readonly hashKey = randomBytes(32);

  constructor({ review, ttlMs, now }: TokenReviewSettings) {
    this.answers = new RememberedAnswers({
      ask: async (token) => resultOf(await review(token)),
      // As upstream: what is wrong with a token may be over at any time, so it is asked again.
      ttlMsOf: ({ kind }) => (kind === 'rejected' ? 0 : ttlMs),
      now,
    });
  }

  authenticate(token: string): AuthenticationResult | Promise<AuthenticationResult> {
    return this.answers.answerTo(token, createHmac('sha256', this.hashKey).update(token).digest('base64'));
  }
}

function resultOf({ authenticated, error, user }: TokenReviewStatus): AuthenticationResult {
  if (!authenticated) return error ? { kind: 'rejected', reason: error } : { kind: 'none' };
  const { username = '', uid, groups = [], extra } = user ?? {};
  return {
    kind: 'user',
    user: asAuthenticated({ name: username, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) }),
  };
}
