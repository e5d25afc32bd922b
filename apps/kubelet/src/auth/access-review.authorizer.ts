import { noOpinion, type Attributes, type Authorizer, type Decision } from '@nestor/auth';
import { RememberedAnswers } from './remembered-answers';
import type { AccessReviewSpec, AccessReviewStatus, Reviews } from './reviews';

export interface AccessReviewSettings {
  review: Reviews['access'];
  authorizedTtlMs: number;
  unauthorizedTtlMs: number;
  now?(): number;
}

/** What a caller may do by the API server's word (k8s.io/apiserver plugin/pkg/authorizer/webhook). */
export class AccessReviewAuthorizer implements Authorizer {
  private readonly answers: RememberedAnswers<AccessReviewSpec, AccessReviewStatus>;

  constructor({ review, authorizedTtlMs, unauthorizedTtlMs, now }: AccessReviewSettings) {
    this.answers = new RememberedAnswers({
      ask: review,
      ttlMsOf: ({ allowed }) => (allowed ? authorizedTtlMs : unauthorizedTtlMs),
      now,
    });
  }

  async authorize(attributes: Attributes): Promise<Decision> {
    const spec = reviewSpec(attributes);
    try {
      return decisionOf(await this.answers.answerTo(spec, JSON.stringify(spec)));
    } catch (error) {
      return { ...noOpinion(), error: error as Error };
    }
  }
}

function reviewSpec({ user, verb, apiGroup, apiVersion, resource, subresource, name }: Attributes): AccessReviewSpec {
  return {
    resourceAttributes: { verb, group: apiGroup, version: apiVersion, resource, subresource, name },
    user: user.name,
    groups: [...user.groups],
    ...(user.uid ? { uid: user.uid } : {}),
    ...(user.extra ? { extra: user.extra as Record<string, string[]> } : {}),
  };
}

function decisionOf({ allowed, denied = false, reason = '' }: AccessReviewStatus): Decision {
  if (allowed && denied) {
    const error = new Error('webhook subject access review returned both allow and deny response');
    return { decision: 'deny', reason, error };
  }
  return { decision: denied ? 'deny' : allowed ? 'allow' : 'noOpinion', reason };
}
