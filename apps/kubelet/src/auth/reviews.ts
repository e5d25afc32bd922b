import type { SubjectAccessReview, TokenReview } from '@nestor/api';
import type { KubernetesClient } from '@nestor/client';

export type TokenReviewStatus = NonNullable<TokenReview['status']>;
export type AccessReviewSpec = SubjectAccessReview['spec'];
export type AccessReviewStatus = NonNullable<SubjectAccessReview['status']>;

/** What a kubelet has to ask the API server about its callers; who asks is the kubelet itself. */
export interface Reviews {
  token(token: string): Promise<TokenReviewStatus>;
  access(spec: AccessReviewSpec): Promise<AccessReviewStatus>;
}

/** A caller waits for the answer. */
const patienceMs = 10_000;

export function reviewsBy(client: Pick<KubernetesClient, 'raw'>): Reviews {
  return {
    token: async (token) => {
      const { status } = await post<TokenReview>(client, 'authentication.k8s.io', {
        kind: 'TokenReview',
        spec: { token },
      });
      return status ?? {};
    },
    access: async (spec) => {
      const { status } = await post<SubjectAccessReview>(client, 'authorization.k8s.io', {
        kind: 'SubjectAccessReview',
        spec,
      });
      return status ?? { allowed: false };
    },
  };
}

function post<T>(
  client: Pick<KubernetesClient, 'raw'>,
  group: string,
  review: { kind: string; spec: unknown },
): Promise<T> {
  const apiVersion = `${group}/v1`;
  return client.raw<T>({
    method: 'POST',
    path: `/apis/${apiVersion}/${review.kind.toLowerCase()}s`,
    body: { apiVersion, ...review },
    timeoutMs: patienceMs,
    signal: AbortSignal.timeout(patienceMs),
  });
}
