import { daysOfMonth, daysOfWeek, hours, minutes, months, parseCronField } from './cron-field';
import type { CronField } from './cron-field';
import { parseGoDuration } from '@nestor/formats';
import { timeZone, utc } from './time-zone';
import type { TimeZone } from './time-zone';
import { nextWallClockMatch } from './wall-clock';

/** robfig/cron v3's Schedule. Instants are milliseconds since 1970. */
export interface CronSchedule {
  /** The first instant after the given one that the schedule names; undefined when there is none in five years. */
  next(after: number): number | undefined;
}

export interface CronLine {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  readonly month: CronField;
  readonly dayOfWeek: CronField;
}

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * cron.ParseStandard: five fields, a descriptor such as @hourly, or @every with a duration; TZ= or CRON_TZ= in front
 * names a zone. Throws with its messages.
 */
export function parseCronSchedule(text: string, zone: TimeZone = utc): CronSchedule {
  if (text === '') throw new SyntaxError('empty spec string');
  const prefixed = /^(?:CRON_)?TZ=([^ ]*) (.*)$/s.exec(text);
  if (!prefixed) return parseLine(text, zone);
  const [, name = '', rest = ''] = prefixed;
  return parseLine(rest.trim(), locationOf(name));
}

function locationOf(name: string): TimeZone {
  try {
    return timeZone(name);
  } catch (error) {
    throw new SyntaxError(`provided bad location ${name}: ${(error as Error).message}`, { cause: error });
  }
}

function parseLine(text: string, zone: TimeZone): CronSchedule {
  if (text.startsWith('@every ')) return parseInterval(text);
  const line = text.startsWith('@') ? descriptors[text] : text;
  if (line === undefined) throw new SyntaxError(`unrecognized descriptor: ${text}`);
  const fields = line.split(/\s+/).filter((field) => field !== '');
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  if (fields.length !== 5) {
    throw new SyntaxError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  }
  const parsed: CronLine = {
    minute: parseCronField(minute, minutes),
    hour: parseCronField(hour, hours),
    dayOfMonth: parseCronField(dayOfMonth, daysOfMonth),
    month: parseCronField(month, months),
    dayOfWeek: parseCronField(dayOfWeek, daysOfWeek),
  };
  return { next: (after) => nextWallClockMatch(parsed, zone, after) };
}

function parseInterval(text: string): CronSchedule {
  const interval = Math.max(1000, everyMs(text) - (everyMs(text) % 1000));
  return { next: (after) => after - (((after % 1000) + 1000) % 1000) + interval };
}

function everyMs(text: string): number {
  try {
    return parseGoDuration(text.slice('@every '.length));
  } catch (error) {
    throw new SyntaxError(`failed to parse duration ${text}: ${(error as Error).message}`, { cause: error });
  }
}
