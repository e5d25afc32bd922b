import type { ReviewVersion } from '../webhook/review-version';

export interface WebhookMatchCondition {
  /** CEL over `request`, the SubjectAccessReviewSpec. */
  expression: string;
}

export interface WebhookConnectionInfo {
  type: 'KubeConfigFile' | 'InClusterConfig';
  kubeConfigFile?: string;
}

/** Durations are as Go writes them. */
export interface AuthorizationWebhook {
  timeout: string;
  authorizedTTL: string;
  cacheAuthorizedRequests: boolean;
  unauthorizedTTL: string;
  cacheUnauthorizedRequests: boolean;
  subjectAccessReviewVersion: ReviewVersion;
  matchConditionSubjectAccessReviewVersion?: 'v1';
  failurePolicy: 'NoOpinion' | 'Deny';
  connectionInfo: WebhookConnectionInfo;
  matchConditions?: WebhookMatchCondition[];
}

/** What --authorization-mode and the type of an authorizer may name. */
export const authorizationModes = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const;
export type AuthorizationMode = (typeof authorizationModes)[number];

export interface AuthorizerConfiguration {
  type: AuthorizationMode;
  name: string;
  webhook?: AuthorizationWebhook;
}

/** apiserver.config.k8s.io/v1 AuthorizationConfiguration: who decides, asked in this order. */
export interface AuthorizationConfiguration {
  authorizers: AuthorizerConfiguration[];
}

/** The one name that an authorizer of a type has that there is but one of. */
export const nameOfMode = (mode: string): string => mode.toLowerCase();
