import { ApiError, StatusReason } from '@nestor/api';

/** gRPC's canonical codes by number, worded as grpc-go prints them (kubectl shows them in events). */
const codeNames = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const;
export type GrpcCode = (typeof codeNames)[number];

const reasons: Partial<Record<GrpcCode, [number, StatusReason]>> = {
  NotFound: [404, 'NotFound'],
  AlreadyExists: [409, 'AlreadyExists'],
  InvalidArgument: [400, 'BadRequest'],
  DeadlineExceeded: [504, 'Timeout'],
  Unavailable: [503, 'ServiceUnavailable'],
  PermissionDenied: [403, 'Forbidden'],
  ResourceExhausted: [429, 'TooManyRequests'],
};

/** A container runtime's refusal. Its reason is a Status reason, so isNotFound(error) and friends work on it. */
export class RuntimeError extends ApiError {
  constructor(
    readonly grpcCode: GrpcCode,
    readonly description: string,
    options?: { cause?: unknown },
  ) {
    const [code, reason] = reasons[grpcCode] ?? [500, 'InternalError'];
    const message = `rpc error: code = ${grpcCode} desc = ${description}`;
    super({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }, options);
    this.name = 'RuntimeError';
  }
}

/** Rebuilds a gRPC client's error (numeric code, details); anything else passes through unchanged. */
export function fromGrpc(error: unknown): unknown {
  const { code, details } = (error ?? {}) as { code?: unknown; details?: unknown };
  const name = typeof code === 'number' ? codeNames[code] : undefined;
  if (!name) return error;
  return new RuntimeError(name, typeof details === 'string' ? details : String(error), { cause: error });
}
