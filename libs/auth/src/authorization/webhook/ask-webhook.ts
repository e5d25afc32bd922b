import { AnswerError, type SubjectAccessReview } from '@nestor/api';
import type { ReviewVersion } from '../../webhook/review-version';
import { isTimeout, withBackoff, type Pause } from '../../webhook/webhook-backoff';
import type { AccessReviewSpec } from './access-review';
import { WebhookFailure, type AccessReviewStatus } from './webhook-authorizer';
import { duration, evaluations } from './webhook-metrics';

export interface AskWebhook {
  /** Of the authorizer, for metrics. */
  readonly name: string;
  readonly version: ReviewVersion;
  /** Posts a body and gives back what is answered; rejects with AnswerError, or as the network fails. */
  post(body: object): Promise<unknown>;
  readonly pause?: Pause;
}

/** Puts a question to a webhook, again where that may help. */
export function askWebhook({ name, version, post, pause }: AskWebhook) {
  const once = async (spec: AccessReviewSpec): Promise<AccessReviewStatus> => {
    const started = performance.now();
    const observe = (result: string): void => {
      evaluations.inc({ name, result });
      duration.observe({ name, result }, (performance.now() - started) / 1000);
    };
    try {
      const status = statusOf(await post(reviewOf(spec, version)), version);
      observe('success');
      return status;
    } catch (error) {
      observe(isTimeout(error) ? 'timeout' : 'error');
      throw error;
    }
  };
  return async (spec: AccessReviewSpec): Promise<AccessReviewStatus> => {
    try {
      return await withBackoff(() => once(spec), pause);
    } catch (error) {
      throw new WebhookFailure((error as Error).message, isTimeout(error) ? 'timeout' : 'error', error);
    }
  };
}

const kind = 'SubjectAccessReview';
const apiVersionOf = (version: ReviewVersion): string => `authorization.k8s.io/${version}`;

/** In v1beta1 the groups are called group. */
function reviewOf({ groups, ...rest }: AccessReviewSpec, version: ReviewVersion): object {
  const inVersion = groups ? { [version === 'v1' ? 'groups' : 'group']: groups } : {};
  return {
    kind,
    apiVersion: apiVersionOf(version),
    metadata: {},
    spec: { ...rest, ...inVersion },
    status: { allowed: false },
  };
}

function statusOf(answer: unknown, version: ReviewVersion): AccessReviewStatus {
  const review = (typeof answer === 'object' && answer !== null ? answer : {}) as Partial<SubjectAccessReview>;
  const apiVersion = apiVersionOf(version);
  const isOther = (review.kind ?? kind) !== kind || (review.apiVersion ?? apiVersion) !== apiVersion;
  const { allowed = false, denied = false, reason = '' } = review.status ?? {};
  if (isOther || typeof allowed !== 'boolean' || typeof denied !== 'boolean' || typeof reason !== 'string') {
    throw new AnswerError(200, `the answer is no ${kind} of ${apiVersion}`);
  }
  return { allowed, denied, reason };
}
