import { metrics } from '@nestor/telemetry';

const cacheRequests = metrics.counter(
  'scheduler_volume_binder_cache_requests_total',
  'Total number for request volume binding cache',
  ['operation'],
);
const stageErrors = metrics.counter(
  'scheduler_volume_scheduling_stage_error_total',
  'Volume scheduling stage error count',
  ['operation'],
);

export const countCacheRequest = (operation: 'assume' | 'restore'): void => cacheRequests.inc({ operation });

/** An error is none of the usual reasons why volumes cannot be had. */
export function countingErrors<T>(operation: 'predicate' | 'assume', run: () => T): T {
  try {
    return run();
  } catch (error) {
    countStageError(operation);
    throw error;
  }
}

export const countStageError = (operation: 'predicate' | 'assume' | 'bind'): void => stageErrors.inc({ operation });
