import {
  isConditionTrue,
  parseCronSchedule,
  timeZone,
  type CronJob,
  type CronSchedule,
  type DeepReadonly,
  type Job,
} from '@nestor/api';
import { jobName } from './new-job';
import { missedRuns, untilNextRun } from './missed-runs';

export type ObservedCronJob = DeepReadonly<CronJob>;
export type ObservedJob = DeepReadonly<Job>;
export type CronJobStatus = NonNullable<CronJob['status']>;

export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What follows from the clock. */
export interface RunPlan {
  readonly events: readonly PlannedEvent[];
  /** The run to start, by the time it was due. */
  readonly startAt?: number;
  /** Whether Jobs that still run have to make way. */
  readonly isReplacing?: boolean;
  /** Milliseconds until the next look; undefined until the CronJob changes. */
  readonly waitMs?: number;
}

/** A new schedule starts with its next run: what it would have asked for before was never missed. */
export function planRun(cronJob: ObservedCronJob, now: number, isRescheduled = false): RunPlan {
  const { spec, metadata } = cronJob;
  if (metadata.deletionTimestamp) return { events: [] };
  const problem = zoneProblem(cronJob);
  if (problem) return { events: [problem] };
  if (spec?.suspend) return { events: [] };
  const schedule = scheduleOf(cronJob);
  if ('reason' in schedule) return { events: [schedule] };
  if (isRescheduled) return { events: [], waitMs: untilNextRun(cronJob, schedule, now) };
  return planScheduled(cronJob, schedule, now);
}

function zoneProblem({ spec }: ObservedCronJob): PlannedEvent | undefined {
  if (spec?.timeZone === undefined) return undefined;
  try {
    timeZone(spec.timeZone);
    return undefined;
  } catch (error) {
    const message = `invalid timeZone: ${JSON.stringify(spec.timeZone)}: ${(error as Error).message}`;
    return warning('UnknownTimeZone', message);
  }
}

function scheduleOf({ spec }: ObservedCronJob): CronSchedule | PlannedEvent {
  const text = spec?.schedule ?? '';
  try {
    return parseCronSchedule(text, timeZone(spec?.timeZone ?? ''));
  } catch (error) {
    const message = `unparseable schedule: ${JSON.stringify(text)} : ${(error as Error).message}`;
    return warning('UnparseableSchedule', message);
  }
}

function planScheduled(cronJob: ObservedCronJob, schedule: CronSchedule, now: number): RunPlan {
  const events: PlannedEvent[] = [];
  const due = dueRun(cronJob, schedule, now);
  if ('reason' in due) return { events: [due] };
  const waitMs = untilNextRun(cronJob, schedule, now);
  if (due.at === undefined) return { events, waitMs };
  if (due.isMany) {
    const advice = 'Set or decrease .spec.startingDeadlineSeconds or check clock skew';
    events.push(warning('TooManyMissedTimes', `too many missed start times. ${advice}`));
  }
  const blocked = whyNot(cronJob, due.at, now);
  if (blocked) return { events: [...events, ...(blocked === 'started' ? [] : [blocked])], waitMs };
  return { events, startAt: due.at, isReplacing: cronJob.spec?.concurrencyPolicy === 'Replace', waitMs };
}

function dueRun(
  cronJob: ObservedCronJob,
  schedule: CronSchedule,
  now: number,
): { at?: number; isMany: boolean } | PlannedEvent {
  try {
    const { latest, count } = missedRuns(cronJob, schedule, now, true);
    return { at: latest, isMany: count === 'many' };
  } catch (error) {
    return warning('InvalidSchedule', `invalid schedule: ${cronJob.spec?.schedule} : ${(error as Error).message}`);
  }
}

/** Why a run that is due does not start: too late, started before, or others still run. */
function whyNot(
  { metadata, spec, status }: ObservedCronJob,
  at: number,
  now: number,
): PlannedEvent | 'started' | undefined {
  const deadline = spec?.startingDeadlineSeconds;
  if (deadline !== undefined && at + deadline * 1000 < now) {
    return warning('MissSchedule', `Missed scheduled time to start a job: ${rfc1123(at)}`);
  }
  const active = status?.active ?? [];
  const name = jobName({ metadata } as ObservedCronJob, at);
  if (Date.parse(status?.lastScheduleTime ?? '') === at || active.some((one) => one.name === name)) return 'started';
  if (spec?.concurrencyPolicy !== 'Forbid' || active.length === 0) return undefined;
  const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
  return { type: 'Normal', reason: 'JobAlreadyActive', message };
}

/** Go's RFC1123Z in UTC. */
const rfc1123 = (instant: number): string => new Date(instant).toUTCString().replace('GMT', '+0000');

const warning = (reason: string, message: string): PlannedEvent => ({ type: 'Warning', reason, message });

export function finishedType({ status }: ObservedJob): 'Complete' | 'Failed' | undefined {
  return (['Complete', 'Failed'] as const).find((type) => isConditionTrue(status?.conditions, type));
}

/** Finished Jobs beyond the history's limits, those that started first first. */
export function planHistory({ spec }: ObservedCronJob, jobs: readonly ObservedJob[]): ObservedJob[] {
  const beyond = (type: string, limit: number | undefined): ObservedJob[] => {
    if (limit === undefined) return [];
    const finished = jobs.filter((job) => finishedType(job) === type).sort(byStart);
    return finished.slice(0, Math.max(0, finished.length - limit));
  };
  return [...beyond('Complete', spec?.successfulJobsHistoryLimit), ...beyond('Failed', spec?.failedJobsHistoryLimit)];
}

function byStart(a: ObservedJob, b: ObservedJob): number {
  const start = ({ status }: ObservedJob): number => Date.parse(status?.startTime ?? '') || Infinity;
  const [first, second] = [start(a), start(b)];
  return first === second ? ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1) : first - second;
}

export interface FollowedJobs {
  readonly status: CronJobStatus;
  readonly events: readonly PlannedEvent[];
  /** On the list although the copy does not show them: ask the server whether they are there. */
  readonly missing: readonly NonNullable<CronJobStatus['active']>[number][];
}

/** The list of running Jobs and the last success, by what the Jobs say. */
export function followJobs(cronJob: ObservedCronJob, jobs: readonly ObservedJob[]): FollowedJobs {
  const status = structuredClone(cronJob.status ?? {}) as CronJobStatus;
  const events: PlannedEvent[] = [];
  for (const job of jobs) {
    const { name, uid } = job.metadata;
    const type = finishedType(job);
    const isListed = status.active?.some((one) => one.uid === uid) ?? false;
    if (!isListed && !type) {
      events.push(warning('UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`));
    } else if (isListed && type) {
      dropActive(status, uid);
      events.push({
        type: 'Normal',
        reason: 'SawCompletedJob',
        message: `Saw completed job: ${name}, condition: ${type}`,
      });
    }
    if (type === 'Complete') noteSuccess(status, job.status?.completionTime);
  }
  const known = new Set(jobs.map(({ metadata }) => metadata.uid));
  return { status, events, missing: (status.active ?? []).filter(({ uid }) => !known.has(uid)) };
}

export function dropActive(status: CronJobStatus, uid: string | undefined): void {
  const left = status.active?.filter((one) => one.uid !== uid) ?? [];
  if (left.length > 0) status.active = left;
  else delete status.active;
}

function noteSuccess(status: CronJobStatus, at: string | undefined): void {
  if (at && (Date.parse(status.lastSuccessfulTime ?? '') || 0) < Date.parse(at)) status.lastSuccessfulTime = at;
}
