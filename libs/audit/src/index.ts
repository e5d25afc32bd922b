/**
 * Who did what to the API: the audit policy decides how much of a request is written down, a record gathers it, and
 * backends carry it away (k8s.io/apiserver/pkg/audit). It promises that nothing above a rule's level leaves the
 * process, and that an event that could not be kept is counted. It knows nothing of HTTP.
 */
export * from './audit-event';
export * from './policy/audit-policy';
export { readAuditPolicy } from './policy/read-policy';
export * from './record/audit-record';
export * from './record/auditor';
export * from './backends/audit-sink';
export { BatchingSink, type BatchSettings } from './backends/batching-sink';
export { LogFileSink, type LogFileSettings } from './backends/log-file-sink';
export { TruncatingSink, type TruncateSettings } from './backends/truncating-sink';
export { WebhookSink, type DeliverEvents } from './backends/webhook-sink';
