import { ApiError, badRequest, type Status } from '@nestor/api';

/** The webhook could not be asked or did not answer as it should: what failurePolicy is about (ErrCallingWebhook). */
export class WebhookCallError extends Error {
  constructor(
    readonly webhook: string,
    reason: string,
    /** For metrics. */
    readonly code: number,
    cause?: unknown,
  ) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${reason}`, { cause });
    this.name = 'WebhookCallError';
  }
}

/** The webhook said no (ErrWebhookRejection). */
export class WebhookRejection extends Error {
  constructor(readonly error: ApiError) {
    super(error.message);
    this.name = 'WebhookRejection';
  }
}

/** webhookerrors.ToStatusErr: whatever a webhook says with its refusal, it is a failure with a code to match. */
export function refusal(webhook: string, result: Partial<Status> = {}): ApiError {
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const why = result.message || result.reason;
  const { reason, details } = result;
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: why ? `${denied}: ${why}` : `${denied} without explanation`,
    ...(reason ? { reason } : {}),
    ...(details ? { details } : {}),
    code: Math.max(result.code ?? 0, 400),
  });
}

export const dryRunUnsupported = (webhook: string): ApiError =>
  badRequest(`admission webhook ${JSON.stringify(webhook)} does not support dry run`);
