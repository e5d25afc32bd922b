/**
 * Who a caller is and what a caller may do: client certificates, service account tokens, the RBAC-shaped authorizer.
 * It promises deny by default and Kubernetes' wording; it does no HTTP and reads objects only through what it is given.
 */
export * from './user';
export * from './authentication/authenticator';
export * from './authentication/anonymous';
export * from './authentication/bearer-token';
export * from './authentication/bootstrap-token';
export * from './authentication/certificates/certificate-authorities';
export * from './authentication/certificates/client-certificate';
export * from './authentication/certificates/peer-certificate';
export * from './authentication/impersonation/impersonator';
export * from './authentication/impersonation/wanted-user';
export * from './authentication/request-header';
export * from './authentication/service-account/claims';
export * from './authentication/service-account/keys';
export * from './authentication/service-account/legacy-token-authenticator';
export * from './authentication/service-account/token-authenticator';
export * from './authentication/service-account/token-issuer';
export * from './authentication/service-account/token-uses';
export * from './authentication/token-file';
export * from './configuration/authentication-configuration';
export * from './configuration/read-configuration';
export * from './configuration/authorization-configuration';
export * from './configuration/read-authorization';
export * from './authorization/attributes';
export * from './authorization/selector-requirements';
export * from './authorization/authorizer';
export * from './authorization/union-authorizer';
export * from './authorization/webhook/access-review';
export * from './authorization/webhook/webhook-authorizer';
export * from './authorization/webhook/ask-webhook';
export * from './authorization/webhook/expiring-cache';
export * from './authorization/webhook/match-conditions';
export * from './authorization/counted-authorizer';
export * from './authorization/fixed-authorizers';
export * from './authorization/policy-rule';
export * from './authorization/rule-cover';
export * from './authorization/component-roles';
export * from './authorization/rule-authorizer';
export * from './authorization/stored-grants';
export * from './authorization/node/node-authorizer';
export * from './authorization/node/node-graph';
export * from './authorization/forbidden-error';
export * from './authorization/forbidden-message';
