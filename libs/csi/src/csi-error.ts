import { status } from '@grpc/grpc-js';

/** Where the outcome of a call is not known: the driver may still be at it (volumetypes.IsOperationFinishedError). */
const uncertain = new Set<number>([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.ABORTED,
]);

/** A call that a driver refused, in the words of Go's gRPC, which events carry. */
export class CsiError extends Error {
  readonly isFinal: boolean;

  constructor(
    readonly method: string,
    { code, details }: { code: number; details: string },
  ) {
    super(`rpc error: code = ${goName(code)} desc = ${details}`);
    this.isFinal = !uncertain.has(code);
  }
}

/** DEADLINE_EXCEEDED is DeadlineExceeded there. */
const goName = (code: number): string =>
  (status[code] ?? 'UNKNOWN')
    .toLowerCase()
    .replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())
    .replace('Ok', 'OK');
