import type { AnonymousSettings } from '../authentication/anonymous';

/** Who issues tokens, and for whom they must be. */
export interface JwtIssuer {
  url: string;
  /** Where the discovery document is, if not below the URL. */
  discoveryURL?: string;
  /** PEM; the authorities of the machine where there is none. */
  certificateAuthority?: string;
  audiences: string[];
  audienceMatchPolicy?: string;
  egressSelectorType?: string;
}

/** A claim with the value it must have, or CEL over `claims` that must hold. */
export interface ClaimValidationRule {
  claim?: string;
  requiredValue?: string;
  expression?: string;
  /** What is said where the expression does not hold. */
  message?: string;
}

export interface ClaimOrExpression {
  claim?: string;
  /** CEL over `claims`. */
  expression?: string;
}

export interface PrefixedClaimOrExpression extends ClaimOrExpression {
  /** What stands before the value of a claim. */
  prefix?: string;
}

export interface ExtraMapping {
  key: string;
  /** CEL over `claims`: a text or several. */
  valueExpression: string;
}

/** What of a user comes from which claims. */
export interface ClaimMappings {
  username: PrefixedClaimOrExpression;
  groups: PrefixedClaimOrExpression;
  uid: ClaimOrExpression;
  extra: ExtraMapping[];
}

/** CEL over `user` that must hold. */
export interface UserValidationRule {
  expression: string;
  message?: string;
}

/** How the tokens of one issuer are judged. */
export interface JwtConfiguration {
  issuer: JwtIssuer;
  claimValidationRules: ClaimValidationRule[];
  claimMappings: ClaimMappings;
  userValidationRules: UserValidationRule[];
}

/** apiserver.config.k8s.io/v1 AuthenticationConfiguration. */
export interface AuthenticationConfiguration {
  anonymous?: AnonymousSettings;
  jwt: JwtConfiguration[];
}
