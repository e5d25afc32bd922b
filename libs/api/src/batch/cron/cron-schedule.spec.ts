import fc from 'fast-check';
import { parseCronSchedule } from './cron-schedule';
import { timeZone, utc } from './time-zone';

const iso = (instant: number | undefined): string | undefined =>
  instant === undefined ? undefined : new Date(instant).toISOString();
const nextOf = (line: string, after: string, zone = 'UTC'): string | undefined =>
  iso(parseCronSchedule(line, timeZone(zone)).next(Date.parse(after)));

describe('parseCronSchedule', () => {
  it.each([
    ['* * * * *', '2026-01-01T00:00:59.999Z', '2026-01-01T00:01:00.000Z'],
    ['*/15 * * * *', '2026-01-01T00:15:00Z', '2026-01-01T00:30:00.000Z'],
    ['5/20 * * * *', '2026-01-01T00:46:00Z', '2026-01-01T01:05:00.000Z'],
    ['30 6-16/4 * * 1-5', '2026-01-02T14:31:00Z', '2026-01-05T06:30:00.000Z'],
    ['0 0 31 * *', '2026-01-31T00:00:00Z', '2026-03-31T00:00:00.000Z'],
    ['0 0 29 feb ?', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    // Both day fields given: either will do.
    ['0 0 13 * FRI', '2026-03-01T00:00:00Z', '2026-03-06T00:00:00.000Z'],
    // A star in one, even with a step of one: both must match.
    ['0 0 13 * */1', '2026-03-01T00:00:00Z', '2026-03-13T00:00:00.000Z'],
    ['0 0 * * sun', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
    ['@hourly', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00.000Z'],
    ['@daily', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00.000Z'],
    ['@midnight', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00.000Z'],
    ['@weekly', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
    ['@monthly', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00.000Z'],
    ['@yearly', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['@every 1h30m', '2026-01-01T00:00:01.500Z', '2026-01-01T01:30:01.000Z'],
    ['@every 10ms', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01.000Z'],
    ['CRON_TZ=Asia/Tokyo 0 9 * * *', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00.000Z'],
    ['TZ=Asia/Kolkata 0 0 * * *', '2026-01-01T00:00:00Z', '2026-01-01T18:30:00.000Z'],
  ])('%s after %s is %s', (line, after, expected) => expect(nextOf(line, after)).toBe(expected));

  it('finds no day that never comes', () => expect(nextOf('59 23 31 2 *', '2026-01-01T00:00:00Z')).toBeUndefined());

  it.each([
    // Forward from 02:00 to 03:00 on March 8th: what falls between does not run.
    ['30 2 * * *', '2026-03-07T08:00:00Z', '2026-03-09T06:30:00.000Z'],
    // Back from 02:00 to 01:00 on November 1st: what is repeated runs twice.
    ['30 1 * * *', '2026-11-01T05:30:00Z', '2026-11-01T06:30:00.000Z'],
  ])('%s in New York after %s is %s', (line, after, expected) =>
    expect(nextOf(line, after, 'America/New_York')).toBe(expected),
  );

  it.each([
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@fortnightly', 'unrecognized descriptor: @fortnightly'],
    ['@every soon', 'failed to parse duration @every soon: time: invalid duration "soon"'],
    ['@every 5', 'failed to parse duration @every 5: time: missing unit in duration "5"'],
    ['@every 5d', 'failed to parse duration @every 5d: time: unknown unit "d" in duration "5d"'],
    ['TZ=Mars/Olympus * * * * *', 'provided bad location Mars/Olympus: unknown time zone Mars/Olympus'],
    ['', 'empty spec string'],
  ])('refuses %s', (line, message) => expect(() => parseCronSchedule(line)).toThrow(message));
});

it('knows clocks that change at a minute past midnight', () =>
  expect(nextOf('1 0 * * *', '2010-11-06T12:00:00Z', 'America/St_Johns')).toBe('2010-11-07T03:31:00.000Z'));

const minuteMs = 60_000;

/** Changes of clocks: an hour, half an hour, at a minute past midnight, a whole day, twice around Ramadan. */
const changes: [zone: string, around: string][] = [
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['Europe/Berlin', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['America/St_Johns', '2010-11-07T02:31:00Z'],
  ['America/Sao_Paulo', '2018-02-18T02:00:00Z'],
  ['America/Havana', '2026-03-08T05:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['Africa/Casablanca', '2026-02-15T02:00:00Z'],
  ['Asia/Kathmandu', '2026-01-01T00:00:00Z'],
];

/** Minute by minute, with the wall clock read by Intl. */
function slowNext(line: string, zone: string, after: number, until: number): number | undefined {
  const [minutes, hours, days, months, weekdays] = line.split(' ') as [string, string, string, string, string];
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    minute: 'numeric',
    hour: 'numeric',
    day: 'numeric',
    month: 'numeric',
    weekday: 'short',
  });
  const asks = (list: string, value: number): boolean => list === '*' || list.split(',').map(Number).includes(value);
  for (let instant = (Math.floor(after / minuteMs) + 1) * minuteMs; instant <= until; instant += minuteMs) {
    const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const weekday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(part['weekday'] ?? '');
    const [byMonth, byWeek] = [asks(days, Number(part['day'])), asks(weekdays, weekday)];
    const isDay = days === '*' || weekdays === '*' ? byMonth && byWeek : byMonth || byWeek;
    const isTime = asks(minutes, Number(part['minute'])) && asks(hours, Number(part['hour']));
    if (isDay && isTime && asks(months, Number(part['month']))) return instant;
  }
  return undefined;
}

const field = (min: number, max: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant('*'),
    fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 }).map((values) => values.join(',')),
  );

describe('next run', () => {
  it('is the first minute that matches, whatever clocks do in between', () => {
    const line = fc
      .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
      .map((fields) => fields.join(' '));
    const early = fc.integer({ min: 0, max: 30 * 60 }).map((minutes) => minutes * minuteMs);
    fc.assert(
      fc.property(line, fc.constantFrom(...changes), early, (text, [zone, around], lead) => {
        const after = Date.parse(around) - lead;
        const until = Date.parse(around) + 36 * 60 * minuteMs;
        const fast = parseCronSchedule(text, timeZone(zone)).next(after);
        const slow = slowNext(text, zone, after, until);
        if (slow !== undefined) expect([text, zone, iso(fast)]).toEqual([text, zone, iso(slow)]);
        else expect(fast ?? Infinity).toBeGreaterThan(until);
      }),
      { numRuns: 120 },
    );
  });

  it('comes in order and never stands still', () => {
    const schedule = parseCronSchedule('*/7 1-3,22 * * *', timeZone('Australia/Lord_Howe'));
    let at = Date.parse('2026-04-03T00:00:00Z');
    for (let count = 0; count < 200; count++) {
      const next = schedule.next(at) ?? 0;
      expect(next).toBeGreaterThan(at);
      at = next;
    }
  });

  it('in UTC needs no zone', () => expect(parseCronSchedule('0 12 * * *', utc).next(0)).toBe(12 * 60 * minuteMs));
});
