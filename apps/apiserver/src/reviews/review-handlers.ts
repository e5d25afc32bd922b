import type { RuleAuthorizer, TokenAuthenticator } from '@nestor/auth';
import type { Handler } from '../http/dispatch';

export interface ReviewDependencies {
  authorizer: RuleAuthorizer;
  tokens: readonly TokenAuthenticator[];
}

export function reviewHandlers(_dependencies: ReviewDependencies): Map<string, Handler> {
  return new Map();
}
