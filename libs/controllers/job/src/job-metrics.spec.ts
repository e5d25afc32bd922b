import { metrics } from '@nestor/telemetry';
import { actionOf, countFinished, countPods, startSync } from './job-metrics';
import type { ObservedJob } from './job-state';

const job = { metadata: { name: 'j' }, spec: { completionMode: 'Indexed' } } as ObservedJob;

describe('metrics of Jobs', () => {
  it.each([
    [{ create: 1, remove: [] }, false, 'reconciling'],
    [{ create: 0, remove: [] }, true, 'tracking'],
    [{ create: 1, remove: [] }, true, 'pods_created'],
    [{ create: 0, remove: ['p'] }, true, 'pods_deleted'],
  ])('call %j, settled %s, %s', (plan, isSettled, action) => expect(actionOf(plan, isSettled)).toBe(action));

  it('count what is over, by mode, result and reason', async () => {
    const timed = startSync(job);
    timed.action = 'tracking';
    timed.end('success');
    countFinished(job, { type: 'Failed', reason: 'BackoffLimitExceeded' });
    countPods(job, { succeeded: 1 }, { succeeded: 3, failed: 1 });
    const text = await metrics.text();
    for (const line of [
      'job_controller_job_syncs_total{completion_mode="Indexed",result="success",action="tracking"} 1',
      'job_controller_jobs_finished_total{completion_mode="Indexed",result="failed",reason="BackoffLimitExceeded"} 1',
      'job_controller_job_pods_finished_total{completion_mode="Indexed",result="succeeded"} 2',
      'job_controller_job_pods_finished_total{completion_mode="Indexed",result="failed"} 1',
    ])
      expect(text).toContain(line);
  });
});
