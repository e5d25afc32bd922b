import { metrics } from '@nestor/telemetry';
import type { AdmissionRequest } from '../admission-plugin';
import { WebhookCallError, WebhookRejection } from './webhook-errors';

/** As upstream's metrics call the two. */
export type WebhookType = 'admit' | 'validating';

const prefix = 'apiserver_admission_webhook';
const duration = metrics.histogram(
  `${prefix}_admission_duration_seconds`,
  'Admission webhook latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).',
  ['name', 'type', 'operation', 'rejected'],
  [0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 10, 25],
);
const requests = metrics.counter(
  `${prefix}_request_total`,
  'Admission webhook request total, identified by name and broken out for each admission type (validating or mutating) and operation. Additional labels specify whether the request was rejected or not and an HTTP status code. Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.',
  ['name', 'type', 'operation', 'code', 'rejected'],
);
const rejections = metrics.counter(
  `${prefix}_rejection_count`,
  'Admission webhook rejection count, identified by name and broken out for each admission type (validating or admit) and operation. Additional labels specify an error type (calling_webhook_error or apiserver_internal_error if an error occurred; no_error otherwise) and optionally a non-zero rejection code if the webhook rejects the request with an HTTP status code (honored by the apiserver when the code is greater or equal to 400). Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.',
  ['name', 'type', 'operation', 'error_type', 'rejection_code'],
);
const failOpen = metrics.counter(
  `${prefix}_fail_open_count`,
  'Admission webhook fail open count, identified by name and broken out for each admission type (validating or mutating).',
  ['name', 'type'],
);

export interface Called {
  name: string;
  type: WebhookType;
  operation: AdmissionRequest['operation'];
  ms: number;
  /** What came of it; undefined when the webhook agreed. */
  error?: unknown;
  ignored: boolean;
}

export function observeCall({ name, type, operation, ms, error, ignored }: Called): void {
  const rejected = String(error !== undefined && !ignored);
  const code = codeOf(error);
  duration.observe({ name, type, operation, rejected }, ms / 1000);
  requests.inc({ name, type, operation, code: String(Math.min(code, 600)), rejected });
  if (ignored) failOpen.inc({ name, type });
  else if (error !== undefined) {
    const rejectionCode = String(Math.min(code, 600));
    rejections.inc({ name, type, operation, error_type: errorTypeOf(error), rejection_code: rejectionCode });
  }
}

function codeOf(error: unknown): number {
  if (error === undefined) return 200;
  if (error instanceof WebhookCallError) return error.code;
  return error instanceof WebhookRejection ? error.error.code : 0;
}

function errorTypeOf(error: unknown): string {
  if (error instanceof WebhookCallError) return 'calling_webhook_error';
  return error instanceof WebhookRejection ? 'no_error' : 'apiserver_internal_error';
}
