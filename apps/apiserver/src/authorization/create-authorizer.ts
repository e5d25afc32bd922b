import {
  AlwaysAllowAuthorizer,
  AlwaysDenyAuthorizer,
  MastersAuthorizer,
  UnionAuthorizer,
  UnionRuleResolver,
  type Authorizer,
  type NodeAuthorizer,
  type RuleAuthorizer,
  type RuleResolver,
} from '@nestor/auth';

/** What --authorization-mode may name. */
export const authorizationModes = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC'] as const;
export type AuthorizationMode = (typeof authorizationModes)[number];

/** Who decides, and who can say what somebody may do. */
export interface Authorization {
  readonly authorizer: Authorizer;
  readonly rules: RuleResolver;
}

/** The authorizers that look at what is stored. */
export interface StoredAuthorizers {
  readonly node: NodeAuthorizer;
  readonly rbac: RuleAuthorizer;
}

/** The authorizers of the modes in their order, after the one that lets a cluster be repaired. */
export function createAuthorizer(modes: readonly AuthorizationMode[], stored: StoredAuthorizers): Authorization {
  const authorizers = modes.map((mode) => authorizerOf(mode, stored));
  return {
    authorizer: new UnionAuthorizer([new MastersAuthorizer(), ...authorizers]),
    rules: new UnionRuleResolver(authorizers),
  };
}

function authorizerOf(mode: AuthorizationMode, { node, rbac }: StoredAuthorizers): Authorizer & RuleResolver {
  switch (mode) {
    case 'AlwaysAllow':
      return new AlwaysAllowAuthorizer();
    case 'AlwaysDeny':
      return new AlwaysDenyAuthorizer();
    case 'Node':
      return node;
    case 'RBAC':
      return rbac;
  }
}
