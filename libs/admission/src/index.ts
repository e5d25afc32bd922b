/**
 * Admission: the plugins that may change a write (mutating) and then judge it (validating), in a fixed order.
 * It promises Kubernetes' messages; it reads other objects only through the ObjectReader it is given.
 */
export * from './admission-plugin';
export * from './admission-chain';
export * from './reinvocation';
export * from './webhooks';
export * from './matching';
export * from './select-plugins';
export * from './expressions';
export { readNewest } from './read-newest';
export * from './match-conditions';
export * from './policies';
export * from './plugins/namespace-lifecycle/namespace-lifecycle.plugin';
export * from './plugins/limit-ranger/limit-ranger.plugin';
export * from './plugins/resource-quota/resource-quota.plugin';
export type { QuotaStore } from './plugins/resource-quota/quota-ledger';
export type { LimitedResource } from './plugins/resource-quota/quota-check';
export * from './plugins/node-restriction/node-restriction.plugin';
export * from './plugins/pod-security/pod-security.plugin';
export {
  policyOf as podSecurityPolicyOf,
  type Policy as PodSecurityPolicy,
} from './plugins/pod-security/pod-security-policy';
export * from './plugins/service-account/service-account.plugin';
export * from './plugins/default-toleration-seconds/default-toleration-seconds.plugin';
export * from './plugins/priority/priority.plugin';
export * from './plugins/taint-nodes-by-condition/taint-nodes-by-condition.plugin';
export * from './plugins/default-ingress-class/default-ingress-class.plugin';
export * from './plugins/storage/default-storage-class.plugin';
export * from './plugins/storage/persistent-volume-claim-resize.plugin';
export * from './plugins/storage/storage-object-in-use-protection.plugin';
export * from './plugins/certificate-subject-restriction/certificate-subject-restriction.plugin';
export * from './plugins/runtime-class/runtime-class.plugin';
export * from './plugins/always-pull-images/always-pull-images.plugin';
export * from './plugins/event-rate-limit/event-rate-limit.plugin';
export { eventLimitsOf, type EventLimit } from './plugins/event-rate-limit/event-limits';
