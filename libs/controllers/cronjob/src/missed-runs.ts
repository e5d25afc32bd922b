import type { CronJob, CronSchedule, DeepReadonly } from '@nestor/api';

/** Clocks of two machines differ a little: looking a moment later misses no run. */
const paddingMs = 100;
const tooMany = 100;

export interface MissedRuns {
  /** Where the search began: the last run, or the creation, or as far back as a late start is allowed. */
  readonly since: number;
  /** The latest run that was due by now. */
  readonly latest?: number;
  readonly count: 'none' | 'few' | 'many';
}

/** mostRecentScheduleTime. Throws where the schedule names no time at all. */
export function missedRuns(
  { metadata, spec, status }: DeepReadonly<CronJob>,
  schedule: CronSchedule,
  now: number,
  withDeadline: boolean,
): MissedRuns {
  let since = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp ?? '') || 0;
  const deadline = spec?.startingDeadlineSeconds;
  if (withDeadline && deadline !== undefined) since = Math.max(since, now - deadline * 1000);
  const first = schedule.next(since);
  if (first !== undefined && now < first) return { since, count: 'none' };
  const second = first === undefined ? undefined : schedule.next(first);
  if (first === undefined || second === undefined) {
    throw new RangeError('time difference between two schedules is less than 1 second');
  }
  if (now < second) return { since, latest: first, count: 'none' };
  return { since, ...latestOf(schedule, first, second - first, now) };
}

/** Nobody wants to walk through years of minutes: a jump to just before now, by the distance of the first two runs. */
function latestOf(schedule: CronSchedule, first: number, distance: number, now: number): Omit<MissedRuns, 'since'> {
  const missed = Math.floor((now - first) / distance) + 1;
  let latest: number | undefined;
  let at = schedule.next(first + (missed - 2) * distance);
  for (; at !== undefined && at <= now; at = schedule.next(at)) latest = at;
  return { latest, count: missed > tooMany ? 'many' : 'few' };
}

/** Milliseconds until the next look. */
export function untilNextRun(cronJob: DeepReadonly<CronJob>, schedule: CronSchedule, now: number): number | undefined {
  const next = schedule.next(lookFrom(cronJob, schedule, now));
  return next === undefined ? undefined : Math.max(0, next + paddingMs - now);
}

function lookFrom(cronJob: DeepReadonly<CronJob>, schedule: CronSchedule, now: number): number {
  try {
    const { since, latest, count } = missedRuns(cronJob, schedule, now, false);
    return latest ?? (count === 'none' ? since : now);
  } catch {
    // The schedule is said to be broken where a run is sought.
    return now;
  }
}
