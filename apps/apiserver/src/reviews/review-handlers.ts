import { methodNotSupported } from '@nestor/api';
import type { TokenAuthentication } from '../authentication/token-authenticators';
import type { Handler } from '../http/dispatch';
import type { Exchange } from '../http/exchange';
import { sendObject } from '../http/respond';
import { part, readValue } from '../storage/read-value';
import { AccessReviewDependencies, accessReviewHandlers } from './access-reviews';
import { reviewToken, userBody } from './review-token';

export interface ReviewDependencies extends AccessReviewDependencies, TokenAuthentication {}

type Fields = Record<string, unknown>;
/** Makes the status of a review from its spec. */
type Review = (spec: Fields, exchange: Exchange) => Fields | Promise<Fields>;

/** Questions about identity and permission: answered, never stored. */
export function reviewHandlers({ tokens, audiences, ...access }: ReviewDependencies): Map<string, Handler> {
  const authentication = (plural: string, kind: string, review: Review): [string, Handler] =>
    reviewAt('authentication.k8s.io', plural, { kind, review });
  return new Map([
    ...accessReviewHandlers(access),
    authentication('selfsubjectreviews', 'SelfSubjectReview', (_spec, { user }) => ({ userInfo: userBody(user) })),
    authentication('tokenreviews', 'TokenReview', (spec) => reviewToken({ tokens, audiences }, spec)),
  ]);
}

function reviewAt(
  group: string,
  plural: string,
  { kind, review }: { kind: string; review: Review },
): [string, Handler] {
  return [
    `${plural}.${group}`,
    async (exchange) => {
      if (exchange.info.verb !== 'create' || exchange.info.subresource !== '') {
        throw methodNotSupported({ group, resource: plural }, exchange.request.method ?? '');
      }
      const body = await readValue(exchange, kind);
      const spec = part(body, 'spec');
      const status = await review(spec, exchange);
      sendObject(exchange, 201, { kind, apiVersion: `${group}/v1`, metadata: part(body, 'metadata'), spec, status });
    },
  ];
}
