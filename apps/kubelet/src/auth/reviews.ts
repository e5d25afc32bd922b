import type { TokenReview } from '@nestor/api';
import type { KubernetesClient } from '@nestor/client';

export type TokenReviewStatus = NonNullable<TokenReview['status']>;

/** What a kubelet has to ask the API server about its callers; who asks is the kubelet itself. */
export interface Reviews {
  token(token: string): Promise<TokenReviewStatus>;
  /** Takes a SubjectAccessReview and gives it back answered. */
  access(review: object): Promise<unknown>;
}

/** A caller waits for the answer. */
const patienceMs = 10_000;

export function reviewsBy(client: Pick<KubernetesClient, 'raw'>): Reviews {
  const post = <T>(resource: string, body: object): Promise<T> =>
    client.raw<T>({
      method: 'POST',
      path: `/apis/${resource}`,
      body,
      timeoutMs: patienceMs,
      signal: AbortSignal.timeout(patienceMs),
    });
  return {
    token: async (token) => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
      return (await post<TokenReview>('authentication.k8s.io/v1/tokenreviews', review)).status ?? {};
    },
    access: (review) => post('authorization.k8s.io/v1/subjectaccessreviews', review),
  };
}
