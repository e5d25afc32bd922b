/**
 * The Kubernetes API as data: resource definitions (one folder per group, one file per kind), the error type
 * every layer speaks, selectors, quantities and names. It promises no I/O; serving and storing are others' work.
 */
export * from './errors/api-error';
export * from './errors/aggregate-message';
export * from './errors/go-errors';
export * from './errors/field-error';
export * from './meta/json-types';
export * from './meta/ip-range';
export * from './meta/names';
export * from './meta/domain-prefixed-path';
export * from './meta/object-name';
export * from './meta/generate-name';
export * from './meta/human-duration';
export * from './meta/int-or-string';
export * from './meta/owner-reference';
export * from './meta/label-selector';
export * from './meta/label-selector-parser';
export * from './meta/label-selector-text';
export * from './meta/labels-validation';
export * from './meta/field-selector';
export * from './meta/object-meta-validation';
export * from './resource-definition';
export * from './core/taints';
export * from './core/node/node-selector';
export * from './core/pod/pod-references';
export * from './core/pod/pod-resources';
export * from './meta/conditions';
export * from './meta/semantic-equal';
export * from './core/pod/pod-qos';
export * from './core/pod/pod-conditions';
export * from './core/pod/pod-template-hash';
export * from './core/pod/pod-status-text';
export * from './registry/built-in';
export { compileDeviceSelector, type DeviceSelector, type SelectableDevice } from './resource/device-selector';
export { isExtendedResource } from './core/resource-quota/resource-names';
export { deviceClassPrefix, isDeviceResource } from './resource/device-resources';
export { taintsDevice, toleratesDeviceTaint } from './resource/device-taints';
export { limits as deviceLimits } from './resource/limits';
export * from './resource/pod-claims';
export { nodeLeaseNamespace } from './coordination/node-lease-namespace';
export { commonEncodingVersion } from './apiserverinternal/common-encoding-version';
export * from './authentication/reviews';
export * from './authentication/token-request-validation';
export * from './authorization/reviews';
export * from './authorization/access-review-validation';
export * from './apiextensions/custom-resource';
export * from './apiextensions/crd-conditions';
export * from './meta/simple-json-path';
export * from './registry/scale-of';
export * from './policy/disruption-allowed';
export * from './batch/index-intervals';
export * from './batch/job/job-labels';
export { parseCronSchedule, type CronSchedule } from './batch/cron/cron-schedule';
export { timeZone, utc, type TimeZone } from './batch/cron/time-zone';
export * from './quota';
export { requestedCommonName, requestedOrganizations, requestProblem } from './certificates/pkcs10';
export { systemPriorityClasses } from './scheduling/priority-class';
export { volumeClassOf } from './core/storage/persistent-volume';
export { classOf } from './core/storage/persistent-volume-claim';
export { isDefaultStorageClass, newestDefaultClass } from './storage/storage-class';
export * from './storage/node-local';
export { ipAllocator, ipFamilyLabel, ipManagedByLabel } from './networking/ip-address';
export { rangesOf } from './networking/service-cidr';
export { validateClusterIpFields } from './core/service/cluster-ip-validation';
export {
  webhooksOf,
  type Webhook,
  type WebhookConfiguration,
} from './admissionregistration/webhooks/webhook-validation';
export * from './storage/csi-names';
export { newestDefaultIngressClass } from './networking/ingress-class';
