import type { CronJob, Job } from '@nestor/api';
import { followJobs, planHistory, planRun } from './cronjob.plan';
import { jobName, newJob, zonedTimestamp } from './new-job';

const now = Date.parse('2026-01-01T10:00:10Z');
type Spec = Partial<NonNullable<CronJob['spec']>>;
type Status = NonNullable<CronJob['status']>;

function cronJobWith(spec: Spec = {}, status: Status = { lastScheduleTime: '2026-01-01T09:00:00Z' }): CronJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'c', namespace: 'default', uid: 'cron', creationTimestamp: '2026-01-01T08:30:00Z' },
    spec: {
      schedule: '@hourly',
      concurrencyPolicy: 'Allow',
      jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { template: {} } },
      ...spec,
    },
    status,
  };
}
const running = { active: [{ name: 'c-1', uid: 'u1' }], lastScheduleTime: '2026-01-01T09:00:00Z' };
const at = (time: string): number => Date.parse(`2026-01-01T${time}Z`);

describe('planRun', () => {
  it.each<[string, Spec, Status | undefined, number | undefined, string[]]>([
    ['what is due', {}, undefined, at('10:00:00'), []],
    ['not what has been started', {}, { lastScheduleTime: '2026-01-01T10:00:00Z' }, undefined, []],
    ['not what is on the list', {}, { active: [{ name: jobName(cronJobWith(), at('10:00:00')) }] }, undefined, []],
    ['the last of those missed', {}, { lastScheduleTime: '2025-12-31T23:00:00Z' }, at('10:00:00'), []],
    ['from the creation on', { schedule: '45 * * * *' }, {}, at('09:45:00'), []],
    [
      'the last of very many, with a warning',
      { schedule: '* * * * *' },
      { lastScheduleTime: '2026-01-01T08:00:00Z' },
      at('10:00:00'),
      ['TooManyMissedTimes'],
    ],
    ['none that is too late', { startingDeadlineSeconds: 5 }, undefined, undefined, []],
    ['one within its deadline', { startingDeadlineSeconds: 15 }, undefined, at('10:00:00'), []],
    ['none while another runs', { concurrencyPolicy: 'Forbid' }, running, undefined, ['JobAlreadyActive']],
    ['one beside another', {}, running, at('10:00:00'), []],
    ['none while suspended', { suspend: true }, undefined, undefined, []],
    ['none of a schedule that cannot be read', { schedule: '* *' }, undefined, undefined, ['UnparseableSchedule']],
    ['none of a day that never comes', { schedule: '0 0 31 2 *' }, undefined, undefined, ['InvalidSchedule']],
    ['none in an unknown zone', { timeZone: 'Mars/Olympus' }, undefined, undefined, ['UnknownTimeZone']],
    ['by the clocks of its zone', { schedule: '30 15 * * *', timeZone: 'Asia/Kolkata' }, undefined, at('10:00:00'), []],
  ])('starts %s', (_, spec, status, startAt, reasons) => {
    const plan = planRun(cronJobWith(spec, status), now);
    expect([plan.startAt, plan.events.map(({ reason }) => reason)]).toEqual([startAt, reasons]);
  });

  it('starts no run whose deadline has just passed', () => {
    const late = cronJobWith({ startingDeadlineSeconds: 10 });
    expect(planRun(late, now - 1).startAt).toBe(at('10:00:00'));
    expect(planRun(late, now).startAt).toBeUndefined();
  });

  it('comes again a moment after the next run is due', () => {
    expect(planRun(cronJobWith(), now).waitMs).toBe(at('11:00:00') - now + 100);
    expect(planRun(cronJobWith({}, { lastScheduleTime: '2026-01-01T10:00:00Z' }), now).waitMs).toBe(
      at('11:00:00') - now + 100,
    );
    expect(planRun(cronJobWith({ suspend: true }), now).waitMs).toBeUndefined();
  });

  it('does not make up for what a new schedule would have asked for', () => {
    expect(planRun(cronJobWith(), now, true)).toEqual({ events: [], waitMs: at('11:00:00') - now + 100 });
  });
});

const job = (name: string, type?: string, startTime?: string): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, uid: name },
  status: {
    startTime,
    completionTime: type === 'Complete' ? '2026-01-01T09:59:00Z' : undefined,
    conditions: type ? [{ type, status: 'True' }] : [],
  },
});

describe('followJobs', () => {
  const listed = (...names: string[]): CronJob =>
    cronJobWith({}, { active: names.map((name) => ({ name, namespace: 'default', uid: name })) });

  it('takes finished Jobs off the list and notes the last success', () => {
    const { status, events, missing } = followJobs(listed('a', 'b', 'c'), [
      job('a', 'Complete'),
      job('b', 'Failed'),
      job('c'),
    ]);
    expect(status).toEqual({
      active: [expect.objectContaining({ name: 'c' })],
      lastSuccessfulTime: '2026-01-01T09:59:00Z',
    });
    expect(events.map(({ message }) => message)).toEqual([
      'Saw completed job: a, condition: Complete',
      'Saw completed job: b, condition: Failed',
    ]);
    expect(missing).toEqual([]);
  });

  it('asks about those it misses and wonders about those it does not know', () => {
    const { events, missing } = followJobs(listed('gone'), [job('stray')]);
    expect(missing).toMatchObject([{ name: 'gone' }]);
    expect(events).toMatchObject([{ type: 'Warning', reason: 'UnexpectedJob' }]);
  });
});

describe('planHistory', () => {
  const jobs = [
    job('new', 'Complete', '2026-01-01T09:00:00Z'),
    job('old', 'Complete', '2026-01-01T07:00:00Z'),
    job('middle', 'Complete', '2026-01-01T08:00:00Z'),
    job('bad', 'Failed', '2026-01-01T06:00:00Z'),
    job('busy', undefined, '2026-01-01T05:00:00Z'),
  ];
  it.each<[Spec, string[]]>([
    [{ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1 }, ['old', 'middle']],
    [{ successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 0 }, ['bad']],
    [{}, []],
  ])('%j', (limits, names) => {
    expect(planHistory(cronJobWith(limits), jobs).map(({ metadata }) => metadata.name)).toEqual(names);
  });
});

describe('newJob', () => {
  it('is named by the minute and says when it was due', () => {
    const made = newJob(cronJobWith({ timeZone: 'Asia/Kolkata' }), at('10:00:00'));
    expect(made.metadata).toMatchObject({
      name: `c-${at('10:00:00') / 60_000}`,
      labels: { a: 'b' },
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T15:30:00+05:30' },
      ownerReferences: [{ kind: 'CronJob', name: 'c', uid: 'cron', controller: true }],
    });
    expect(zonedTimestamp(at('10:00:00'), '')).toBe('2026-01-01T10:00:00Z');
    expect(zonedTimestamp(at('10:00:00'), 'America/St_Johns')).toBe('2026-01-01T06:30:00-03:30');
  });
});
