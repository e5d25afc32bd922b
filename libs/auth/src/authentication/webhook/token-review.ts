import { AnswerError } from '@nestor/api';
import type { UserInfo } from '../../user';
import type { ReviewVersion } from '../../webhook/review-version';

/** What a webhook says of a token. */
export interface TokenReviewAnswer {
  authenticated: boolean;
  user: UserInfo;
  /** For whom the token is good, of those that were asked for; where it says none, for this API. */
  audiences: readonly string[];
  /** Why it is nobody's. */
  error: string;
}

const kind = 'TokenReview';
const apiVersionOf = (version: ReviewVersion): string => `authentication.k8s.io/${version}`;

/** Whose a token is that must be meant for one of these audiences. */
export const tokenReview = (token: string, audiences: readonly string[], version: ReviewVersion): object => ({
  kind,
  apiVersion: apiVersionOf(version),
  metadata: {},
  spec: { token, audiences: [...audiences] },
  status: { user: {} },
});

/** Throws where an answer is no review: nobody is believed to be whom half an answer names. */
export function readTokenReview(answer: unknown, version: ReviewVersion): TokenReviewAnswer {
  const review = mapIn(answer);
  const status = mapIn(review['status'] ?? {});
  const said = mapIn(status['user'] ?? {});
  const isOther =
    (review['kind'] ?? kind) !== kind || (review['apiVersion'] ?? apiVersionOf(version)) !== apiVersionOf(version);
  const { authenticated = false, audiences, error = '' } = status;
  const { username = '', uid = '', groups, extra } = said;
  if (isOther || typeof authenticated !== 'boolean') throw unfit();
  return {
    authenticated,
    user: {
      name: textIn(username),
      ...(uid ? { uid: textIn(uid) } : {}),
      groups: textsIn(groups),
      ...(extra
        ? { extra: Object.fromEntries(Object.entries(mapIn(extra)).map(([key, of]) => [key, textsIn(of)])) }
        : {}),
    },
    audiences: textsIn(audiences),
    error: textIn(error),
  };
}

const unfit = (): AnswerError => new AnswerError(200, `the answer is no ${kind} of the version that was sent`);

function mapIn(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw unfit();
}

function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  throw unfit();
}

function textsIn(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map(textIn);
  throw unfit();
}
