const minuteMs = 60_000;
/** Hardly any quarter of an hour has a change in it, so two lookups serve one. */
const quarterMs = 15 * minuteMs;

/** An IANA time zone: how far its clocks are ahead of UTC at an instant. */
export interface TimeZone {
  readonly name: string;
  offsetAt(instant: number): number;
}

export const utc: TimeZone = { name: 'UTC', offsetAt: () => 0 };

const known = new Map<string, TimeZone>([
  ['', utc],
  ['UTC', utc],
]);

/** Throws as Go's time.LoadLocation does when there is no such zone. */
export function timeZone(name: string): TimeZone {
  let zone = known.get(name);
  if (!zone) known.set(name, (zone = loadTimeZone(name)));
  return zone;
}

function loadTimeZone(name: string): TimeZone {
  const format = formatterOf(name);
  let quarter = NaN;
  let [first, next] = [0, 0];
  const offsetAt = (instant: number): number => {
    const asked = Math.floor(instant / quarterMs);
    if (asked !== quarter) {
      first = asked === quarter + 1 ? next : offsetOf(format, asked * quarterMs);
      next = offsetOf(format, (asked + 1) * quarterMs);
      quarter = asked;
    }
    // Newfoundland changed its clocks at a minute past midnight until 2011.
    return first === next ? first : offsetOf(format, Math.floor(instant / minuteMs) * minuteMs);
  };
  return { name, offsetAt };
}

function formatterOf(name: string): Intl.DateTimeFormat {
  try {
    // Intl also takes offsets such as +05:30, which are no names of zones.
    if (!/^[A-Za-z]/.test(name)) throw new RangeError(name);
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch (error) {
    throw new RangeError(`unknown time zone ${name}`, { cause: error });
  }
}

function offsetOf(format: Intl.DateTimeFormat, instant: number): number {
  const [, month, day, year, hour, minute, second] =
    /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/.exec(format.format(instant)) ?? [];
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return local - instant;
}
