import type { CronLine } from './cron-schedule';
import type { TimeZone } from './time-zone';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** As robfig/cron: a line that names no day within five years (February 30th) never runs. */
const horizonYears = 5;

/** A wall clock reading, as the UTC instant that reads the same. */
type Reading = number;

/**
 * The first instant after `after` whose wall clock the line matches. What a zone skips when clocks go forward does not
 * run, what it repeats when they go back runs twice, as with robfig/cron.
 */
export function nextWallClockMatch(line: CronLine, zone: TimeZone, after: number): number | undefined {
  let instant = Math.floor(after / minuteMs) * minuteMs + minuteMs;
  const lastYear = new Date(instant + zone.offsetAt(instant)).getUTCFullYear() + horizonYears;
  for (;;) {
    const reading = new Date(instant + zone.offsetAt(instant));
    if (reading.getUTCFullYear() > lastYear) return undefined;
    const ends = unmatchedUnits(line, reading);
    if (ends.length === 0) return instant;
    instant = skip(zone, instant, ends);
  }
}

/** Where the units that do not match end, the longest first; none when all do. */
function unmatchedUnits(line: CronLine, reading: Date): Reading[] {
  const [year, month, day] = [reading.getUTCFullYear(), reading.getUTCMonth(), reading.getUTCDate()];
  const hour = reading.getUTCHours();
  const nextDay = Date.UTC(year, month, day + 1);
  const nextHour = Date.UTC(year, month, day, hour + 1);
  if (!line.month.has[month + 1]) return [Date.UTC(year, month + 1, 1), nextDay, nextHour];
  if (!matchesDay(line, reading)) return [nextDay, nextHour];
  if (!line.hour.has[hour]) return [nextHour];
  return line.minute.has[reading.getUTCMinutes()] ? [] : [0];
}

/** With a star in one of the day fields both must match, else one of them. */
function matchesDay({ dayOfMonth, dayOfWeek }: CronLine, reading: Date): boolean {
  const byMonth = dayOfMonth.has[reading.getUTCDate()] ?? false;
  const byWeek = dayOfWeek.has[reading.getUTCDay()] ?? false;
  return dayOfMonth.isStar || dayOfWeek.isStar ? byMonth && byWeek : byMonth || byWeek;
}

/**
 * The furthest of the ends that can be gone to without passing over readings that a change of the clocks repeats;
 * else the next minute.
 */
function skip(zone: TimeZone, instant: number, ends: readonly Reading[]): number {
  const offset = zone.offsetAt(instant);
  for (const end of ends) {
    const target = earliestInstant(zone, end - offset, end);
    if (target > instant && zone.offsetAt(target) >= offset) return target;
  }
  return instant + minuteMs;
}

/** No instant before it reads as `reading` or later, if clocks change once around it. */
function earliestInstant(zone: TimeZone, near: number, reading: Reading): number {
  return reading - Math.max(zone.offsetAt(near - dayMs), zone.offsetAt(near), zone.offsetAt(near + dayMs));
}
