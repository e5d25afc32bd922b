import { type ApiError, internalError, reasonOf, serviceUnavailable, timedOut } from '@nestor/api';

/** SQLSTATE of a thrown value, '' for errors of the connection itself. */
export function sqlState(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}

/**
 * True when the server answered that the statement failed, and so rolled it back. Anything else (a broken connection,
 * a shutdown, a crash of another backend) leaves open whether a commit happened.
 */
export function isDefiniteFailure(error: unknown): boolean {
  const state = sqlState(error);
  return state !== '' && !state.startsWith('08') && !state.startsWith('57P') && !state.startsWith('XX');
}

// Out of resources, cancelled or shut down, connection, rolled back by a race, lock not available, read-only while failing over.
const passingClasses = ['', '53', '57', '08', '40', '55', '25'];

/** The same statement may well succeed later. */
export const isPassing = (error: unknown): boolean => passingClasses.includes(sqlState(error).slice(0, 2));

/** No partition takes the new revision: they are made ahead, but a burst may outrun that. */
export const isMissingPartition = (error: unknown): boolean =>
  sqlState(error) === '23514' && /no partition of relation/.test((error as Error).message);

/** Somebody has what was asked for without waiting. */
export const isLockNotAvailable = (error: unknown): boolean => sqlState(error) === '55P03';

/** A table is not there: no migration has run yet. */
export const isUndefinedTable = (error: unknown): boolean => sqlState(error) === '42P01';

/** The role has no right to what was asked for. */
export const isInsufficientPrivilege = (error: unknown): boolean => sqlState(error) === '42501';

/** The batch number was given up (write_batch raises it). */
export const isGivenUp = (error: unknown): boolean => sqlState(error) === 'NE001';

/** Translates at the edge: nothing above the store sees a SQLSTATE. */
export function toApiError(error: unknown): ApiError {
  if (reasonOf(error) !== '') return error as ApiError;
  const text = error instanceof Error ? error.message : String(error);
  if (isPassing(error)) {
    return serviceUnavailable(`the truth store (Postgres) is not available: ${text}`, 1, error);
  }
  return internalError(`the truth store (Postgres) failed: ${text}`, error);
}

/** The one case that is neither done nor failed. Kubernetes clients treat 504 as unknown and read again. */
export const outcomeUnknown = (cause: unknown): ApiError => {
  const error = timedOut(
    'the connection to the truth store (Postgres) was lost during the commit and it has not come back; the change may or may not have been made',
    1,
  );
  error.cause = cause;
  return error;
};
