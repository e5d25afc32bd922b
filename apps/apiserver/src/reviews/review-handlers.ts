import type { Handler } from '../http/dispatch';
import { AccessReviewDependencies, accessReviewHandlers } from './access-reviews';
import { IdentityReviewDependencies, identityReviewHandlers } from './identity-reviews';

export interface ReviewDependencies extends AccessReviewDependencies, IdentityReviewDependencies {}

/** Questions about identity and permission: answered, never stored. */
export function reviewHandlers(dependencies: ReviewDependencies): Map<string, Handler> {
  return new Map([...accessReviewHandlers(dependencies), ...identityReviewHandlers(dependencies)]);
}
