import { ApiError, type StatusCause, type StatusReason } from '@nestor/api';

function failure(code: number, reason: StatusReason, message: string, details: object | undefined, cause?: unknown) {
  return new ApiError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason ? { reason } : {}),
      ...(details ? { details } : {}),
      code,
    },
    { cause },
  );
}

/** A patch that is well formed but does not fit the object. kube-apiserver hides the text; it stays as the cause. */
export const unprocessablePatch = (why: string): ApiError =>
  failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {}, new Error(why));

/** An error kube-apiserver passes on without a reason of its own. */
export const plainPatchError = (message: string): ApiError => failure(500, '', message, undefined);

/** errors.NewApplyConflict */
export const applyConflict = (message: string, causes: StatusCause[]): ApiError =>
  failure(409, 'Conflict', message, { causes });
