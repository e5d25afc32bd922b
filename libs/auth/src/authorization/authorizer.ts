import type { UserInfo } from '../user';
import type { Attributes } from './attributes';
import type { PolicyRule } from './policy-rule';

/** What one authorizer says of a request (k8s.io/apiserver authorizer.Decision). Who has no opinion leaves it to the next. */
export interface Decision {
  readonly decision: 'allow' | 'deny' | 'noOpinion';
  readonly reason: string;
  /** What kept it from deciding; who is not allowed for it is told that the server failed. */
  readonly error?: Error;
}

/** Decides at once where it can: only a promise is worth a turn of the event loop. */
export interface Authorizer {
  authorize(attributes: Attributes): Decision | Promise<Decision>;
}

/** An authorizer that never waits. */
export interface SyncAuthorizer extends Authorizer {
  authorize(attributes: Attributes): Decision;
}

/** What is known of a user's rules: the answer of a SelfSubjectRulesReview. */
export interface ResolvedRules {
  readonly rules: readonly PolicyRule[];
  /** There may be more than these. */
  readonly incomplete: boolean;
  readonly error?: string;
}

/** An authorizer that can list what a user may do. */
export interface RuleResolver {
  rulesFor(user: UserInfo, namespace: string): ResolvedRules;
}

export const allow = (reason = ''): Decision => ({ decision: 'allow', reason });
export const noOpinion = (reason = ''): Decision => ({ decision: 'noOpinion', reason });
