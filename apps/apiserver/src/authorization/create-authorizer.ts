import {
  AlwaysAllowAuthorizer,
  AlwaysDenyAuthorizer,
  MastersAuthorizer,
  UnionAuthorizer,
  UnionRuleResolver,
  type Authorizer,
  type RuleAuthorizer,
  type RuleResolver,
} from '@nestor/auth';

/** What --authorization-mode may name. */
export const authorizationModes = ['AlwaysAllow', 'AlwaysDeny', 'RBAC'] as const;
export type AuthorizationMode = (typeof authorizationModes)[number];

/** Who decides, and who can say what somebody may do. */
export interface Authorization {
  readonly authorizer: Authorizer;
  readonly rules: RuleResolver;
}

/** The authorizers of the modes in their order, after the one that lets a cluster be repaired. */
export function createAuthorizer(modes: readonly AuthorizationMode[], rbac: RuleAuthorizer): Authorization {
  const authorizers = modes.map((mode) => authorizerOf(mode, rbac));
  return {
    authorizer: new UnionAuthorizer([new MastersAuthorizer(), ...authorizers]),
    rules: new UnionRuleResolver(authorizers),
  };
}

function authorizerOf(mode: AuthorizationMode, rbac: RuleAuthorizer): Authorizer & RuleResolver {
  switch (mode) {
    case 'AlwaysAllow':
      return new AlwaysAllowAuthorizer();
    case 'AlwaysDeny':
      return new AlwaysDenyAuthorizer();
    case 'RBAC':
      return rbac;
  }
}
