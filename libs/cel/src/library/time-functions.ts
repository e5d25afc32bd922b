import { CelError } from '../values/cel-error';
import { Duration, floorDiv, Timestamp } from '../values/time';
import { declare, Library } from './library';

const MILLISECOND = 1_000_000n;
const zones = new Map<string, Intl.DateTimeFormat>();

/** Minutes east of UTC, or a place's offset at that time. */
function offsetMillis(zone: string, millis: number): number {
  const fixed = /^([+-])?(\d\d):(\d\d)$/.exec(zone);
  if (fixed) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
  if (zone === 'UTC' || zone === '') return 0;
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(millis)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour % 24, minute, second) - Math.floor(millis / 1000) * 1000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = zones.get(timeZone);
  if (known) return known;
  const numeric = 'numeric';
  const wanted = {
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  } as const;
  try {
    const made = new Intl.DateTimeFormat('en-US', { ...wanted, timeZone, hourCycle: 'h23' });
    zones.set(timeZone, made);
    return made;
  } catch {
    throw new CelError(`unknown time zone ${timeZone}`);
  }
}

/** A date whose UTC parts are what a clock in the zone shows. */
function clock({ nanos }: Timestamp, zone = 'UTC'): Date {
  const millis = Number(floorDiv(nanos, MILLISECOND));
  return new Date(millis + offsetMillis(zone, millis));
}

const dayOfYear = (date: Date): number =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);

const parts: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDayOfYear: dayOfYear,
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDate: (date) => date.getUTCDate(),
  getDayOfWeek: (date) => date.getUTCDay(),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

const ofDuration: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
};

/** What calendars and clocks show of timestamps, and whole units of durations. */
export const timeLibrary: Library = {
  functions: [
    ...Object.entries(parts).flatMap(([name, read]) => [
      declare(`timestamp.${name}(): int`, (time: Timestamp) => BigInt(read(clock(time)))),
      declare(`timestamp.${name}(string): int`, (time: Timestamp, zone: string) => BigInt(read(clock(time, zone)))),
    ]),
    ...Object.entries(ofDuration).map(([name, unit]) =>
      declare(`duration.${name}(): int`, ({ nanos }: Duration) => nanos / unit),
    ),
    declare('duration.getMilliseconds(): int', ({ nanos }: Duration) => (nanos / MILLISECOND) % 1000n),
  ],
};
