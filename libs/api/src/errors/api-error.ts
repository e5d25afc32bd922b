import { FieldError, fieldErrorBody, fieldErrorMessage } from './field-error';

/** meta/v1 StatusReason values that Nestor answers with. */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'Invalid'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'ServiceUnavailable'
  | 'ServerTimeout'
  | 'Timeout'
  | 'TooManyRequests'
  | '';

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** meta/v1 Status, the body of every error answer. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Failure' | 'Success';
  message?: string;
  reason?: StatusReason;
  details?: StatusDetails;
  code?: number;
}

/** The one error type of the project: every layer throws it, the API server's edge writes its Status, the client rebuilds it. */
export class ApiError extends Error {
  constructor(
    readonly status: Status,
    options?: { cause?: unknown },
  ) {
    super(status.message ?? status.reason ?? 'unknown error', options);
    this.name = 'ApiError';
  }
  get code(): number {
    return this.status.code ?? 500;
  }
  get reason(): StatusReason {
    return this.status.reason ?? '';
  }
}

export interface GroupResource {
  group: string;
  resource: string;
}
export interface GroupKind {
  group: string;
  kind: string;
}

/** "pods" or "deployments.apps", as Kubernetes prints a GroupResource (and a GroupKind). */
export function qualified(group: string, name: string): string {
  return group === '' ? name : `${name}.${group}`;
}

function failure(
  code: number,
  reason: StatusReason,
  message: string,
  details?: StatusDetails,
  cause?: unknown,
): ApiError {
  return new ApiError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details ? { details } : {}),
      code,
    },
    { cause },
  );
}

const gr = (of: GroupResource, name?: string): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(of.group ? { group: of.group } : {}),
  kind: of.resource,
});

// Factories, worded as k8s.io/apimachinery/pkg/api/errors.
export const notFound = (of: GroupResource, name: string): ApiError =>
  failure(404, 'NotFound', `${qualified(of.group, of.resource)} ${JSON.stringify(name)} not found`, gr(of, name));
export const alreadyExists = (of: GroupResource, name: string): ApiError =>
  failure(
    409,
    'AlreadyExists',
    `${qualified(of.group, of.resource)} ${JSON.stringify(name)} already exists`,
    gr(of, name),
  );
export const conflict = (of: GroupResource, name: string, why: string): ApiError =>
  failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(of.group, of.resource)} ${JSON.stringify(name)}: ${why}`,
    gr(of, name),
  );
/** The message of a stale resourceVersion. */
export const staleVersion =
  'the object has been modified; please apply your changes to the latest version and try again';
export const invalid = (kind: GroupKind, name: string, errors: readonly FieldError[]): ApiError => {
  const list = errors.map(fieldErrorMessage);
  const text = list.length === 1 ? list[0] : `[${list.join(', ')}]`;
  return failure(
    422,
    'Invalid',
    `${qualified(kind.group, kind.kind)} ${JSON.stringify(name)} is invalid${list.length ? `: ${text}` : ''}`,
    {
      ...(name ? { name } : {}),
      ...(kind.group ? { group: kind.group } : {}),
      ...(kind.kind ? { kind: kind.kind } : {}),
      causes: errors.map((error) => ({ reason: error.type, message: fieldErrorBody(error), field: error.field })),
    },
  );
};
export const forbidden = (of: GroupResource, name: string, why: string): ApiError =>
  failure(
    403,
    'Forbidden',
    `${qualified(of.group, of.resource)}${name ? ` ${JSON.stringify(name)}` : ''} is forbidden: ${why}`,
    gr(of, name),
  );
export const badRequest = (message: string, cause?: unknown): ApiError =>
  failure(400, 'BadRequest', message, undefined, cause);
export const unauthorized = (message = 'Unauthorized'): ApiError => failure(401, 'Unauthorized', message);
export const expired = (message: string): ApiError => failure(410, 'Expired', message);
export const methodNotSupported = (of: GroupResource, action: string): ApiError =>
  failure(
    405,
    'MethodNotAllowed',
    `${action} is not supported on resources of kind ${JSON.stringify(qualified(of.group, of.resource))}`,
    gr(of),
  );
export const notAcceptable = (accepted: readonly string[]): ApiError =>
  failure(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);
export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
export const requestEntityTooLarge = (message: string): ApiError => failure(413, 'RequestEntityTooLarge', message);
export const tooManyRequests = (message: string, retryAfterSeconds?: number): ApiError =>
  failure(429, 'TooManyRequests', message, retryAfterSeconds === undefined ? undefined : { retryAfterSeconds });
export const serviceUnavailable = (message: string, retryAfterSeconds = 1, cause?: unknown): ApiError =>
  failure(503, 'ServiceUnavailable', message, { retryAfterSeconds }, cause);
export const timedOut = (message: string, retryAfterSeconds = 0): ApiError =>
  failure(504, 'Timeout', `Timeout: ${message}`, { retryAfterSeconds });
export const internalError = (message: string, cause?: unknown): ApiError =>
  failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }, cause);
/** "the server could not find the requested resource", the answer for a path nothing is served at. */
export const unknownPath = (): ApiError =>
  failure(404, 'NotFound', 'the server could not find the requested resource', {});

/** The Status reason of any thrown value; '' when it is not an ApiError. Reads the shape, so errors survive module copies. */
export function reasonOf(error: unknown): StatusReason {
  const status = (error as { status?: { reason?: StatusReason } } | undefined)?.status;
  return status?.reason ?? '';
}
export const isNotFound = (error: unknown): boolean => reasonOf(error) === 'NotFound';
export const isConflict = (error: unknown): boolean => reasonOf(error) === 'Conflict';
export const isAlreadyExists = (error: unknown): boolean => reasonOf(error) === 'AlreadyExists';
export const isInvalid = (error: unknown): boolean => reasonOf(error) === 'Invalid';
export const isForbidden = (error: unknown): boolean => reasonOf(error) === 'Forbidden';
export const isExpired = (error: unknown): boolean => reasonOf(error) === 'Expired' || reasonOf(error) === 'Gone';
