/** One field of a cron line as a set of numbers, with the grammar and the messages of robfig/cron v3. */
export interface CronField {
  /** Whether n is in the set, by n. */
  readonly has: readonly boolean[];
  /** Written as * or ?: a day then counts only where the other day field asks. */
  readonly isStar: boolean;
}

export interface FieldBounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

export const minutes: FieldBounds = { min: 0, max: 59 };
export const hours: FieldBounds = { min: 0, max: 23 };
export const daysOfMonth: FieldBounds = { min: 1, max: 31 };
export const months: FieldBounds = {
  min: 1,
  max: 12,
  names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
export const daysOfWeek: FieldBounds = { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] };

interface Range {
  start: number;
  end: number;
  step: number;
  isStar: boolean;
}

export function parseCronField(text: string, bounds: FieldBounds): CronField {
  const has: boolean[] = new Array<boolean>(bounds.max + 1).fill(false);
  let isStar = false;
  for (const expression of text.split(',')) {
    if (expression === '') continue;
    const range = parseRange(expression, bounds);
    isStar ||= range.isStar;
    for (let value = range.start; value <= range.end; value += range.step) has[value] = true;
  }
  return { has, isStar };
}

function parseRange(expression: string, bounds: FieldBounds): Range {
  const [span = '', stepText, ...moreSteps] = expression.split('/');
  const limits = span.split('-');
  const isStar = limits[0] === '*' || limits[0] === '?';
  const [start, givenEnd] = isStar ? [bounds.min, bounds.max] : parseLimits(limits, expression, bounds);
  if (moreSteps.length > 0) throw new SyntaxError(`too many slashes: ${expression}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  // "N/step" means "N-max/step".
  const end = stepText !== undefined && limits.length === 1 ? bounds.max : givenEnd;
  checkRange({ start, end, step }, expression, bounds);
  return { start, end, step, isStar: isStar && step <= 1 };
}

function parseLimits(limits: readonly string[], expression: string, bounds: FieldBounds): [number, number] {
  const start = parseNumberOrName(limits[0] ?? '', bounds);
  if (limits.length > 2) throw new SyntaxError(`too many hyphens: ${expression}`);
  return [start, limits[1] === undefined ? start : parseNumberOrName(limits[1], bounds)];
}

function checkRange({ start, end, step }: Omit<Range, 'isStar'>, expression: string, { min, max }: FieldBounds): void {
  if (start < min) throw new SyntaxError(`beginning of range (${start}) below minimum (${min}): ${expression}`);
  if (end > max) throw new SyntaxError(`end of range (${end}) above maximum (${max}): ${expression}`);
  if (start > end) throw new SyntaxError(`beginning of range (${start}) beyond end of range (${end}): ${expression}`);
  if (step === 0) throw new SyntaxError(`step of range should be a positive number: ${expression}`);
}

function parseNumberOrName(text: string, { names }: FieldBounds): number {
  const named = text === '' ? -1 : (names?.indexOf(text.toLowerCase()) ?? -1);
  return named >= 0 ? named : parseNumber(text);
}

function parseNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    const cause = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new SyntaxError(`failed to parse int from ${text}: ${cause}`);
  }
  const number = Number(text);
  if (number < 0) throw new SyntaxError(`negative number (${number}) not allowed: ${text}`);
  return number;
}
