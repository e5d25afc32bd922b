import { systemMasters } from '../user';
import type { Attributes } from './attributes';
import {
  allow,
  noOpinion,
  type Decision,
  type RuleResolver,
  type ResolvedRules,
  type SyncAuthorizer,
} from './authorizer';
import type { PolicyRule } from './policy-rule';

/** A rule for everything there is. */
export const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** Members of system:masters may do everything, whatever else decides, so that a cluster can always be repaired. */
export class MastersAuthorizer implements SyncAuthorizer {
  authorize({ user }: Attributes): Decision {
    return user.groups.includes(systemMasters) ? allow() : noOpinion();
  }
}

/** Mode AlwaysAllow: for tests only. */
export class AlwaysAllowAuthorizer implements SyncAuthorizer, RuleResolver {
  authorize(): Decision {
    return allow();
  }
  rulesFor(): ResolvedRules {
    return { rules: everything, incomplete: false };
  }
}

/** Mode AlwaysDeny: for tests only. It has no opinion, so that others may still allow. */
export class AlwaysDenyAuthorizer implements SyncAuthorizer, RuleResolver {
  authorize(): Decision {
    return noOpinion('Everything is forbidden.');
  }
  rulesFor(): ResolvedRules {
    return { rules: [], incomplete: false };
  }
}
