import type { Job } from '@nestor/api';
import { remainingLifeMs } from './ttl-after-finished.plan';

const now = Date.parse('2026-01-01T00:01:00Z');
function job(ttl: number | undefined, type?: string, status = 'True'): Job {
  const conditions = type ? [{ type, status, lastTransitionTime: '2026-01-01T00:00:00Z' }] : [];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j' },
    spec: { template: {}, ttlSecondsAfterFinished: ttl },
    status: { conditions },
  };
}

describe('remainingLifeMs', () => {
  it.each<[string, Job, number | undefined]>([
    ['of one that keeps for ever', job(undefined, 'Complete'), undefined],
    ['of one that runs', job(10), undefined],
    ['of one that is not done after all', job(10, 'Complete', 'False'), undefined],
    ['of one whose time is up', job(60, 'Complete'), 0],
    ['of one that failed long ago', job(0, 'Failed'), 0],
    ['of one with time left', job(90, 'Failed'), 30_000],
    ['of one that goes', { ...job(0, 'Complete'), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, undefined],
  ])('%s', (_, given, left) => expect(remainingLifeMs(given, now)).toBe(left));
});
