const largest = 2n ** 63n;
const units: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['\u00b5s', 1000n],
  ['\u03bcs', 1000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** Go's time.ParseDuration, in nanoseconds within 64 bits. Throws a SyntaxError with Go's message. */
export function goDurationNanos(text: string): bigint {
  const invalid = (): SyntaxError => new SyntaxError(`time: invalid duration ${quote(text)}`);
  const [, sign = '', all = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (all === '0') return 0n;
  if (all === '') throw invalid();
  let total = 0n;
  for (let rest = all; rest !== '';) {
    const [part = '', whole = '', fraction = '', unit = ''] = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest) ?? [];
    if (whole === '' && fraction === '') throw invalid();
    if (unit === '') throw new SyntaxError(`time: missing unit in duration ${quote(text)}`);
    const scale = units.get(unit);
    if (scale === undefined) throw new SyntaxError(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
    total += BigInt(whole || 0) * scale + fractionOf(scale, fraction);
    rest = rest.slice(part.length);
  }
  if (total > (sign === '-' ? largest : largest - 1n)) throw invalid();
  return sign === '-' ? -total : total;
}

/** In floating point, as Go does; digits that 64 bits cannot hold are left out. */
function fractionOf(scale: bigint, digits: string): bigint {
  let fraction = 0n;
  let power = 1;
  for (const digit of digits) {
    const next = fraction * 10n + BigInt(digit);
    if (fraction > (largest - 1n) / 10n || next > largest) break;
    fraction = next;
    power *= 10;
  }
  return BigInt(Math.trunc(Number(fraction) * (Number(scale) / power)));
}

/** time.ParseDuration in milliseconds, with their fraction. Throws as goDurationNanos does. */
export const parseGoDuration = (text: string): number => Number(goDurationNanos(text)) / 1e6;

/** Milliseconds, or undefined for what is no duration. */
export function goDurationMs(text: string): number | undefined {
  try {
    return parseGoDuration(text);
  } catch {
    return undefined;
  }
}

/** As Go prints a duration of so many milliseconds: 1h0m5s, 1.5s, 20ms. */
export function formatGoDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const nanos = Math.round(Math.abs(ms) * 1e6);
  if (nanos < 1e9) {
    const [size, unit] = nanos < 1e3 ? [1, 'ns'] : nanos < 1e6 ? [1e3, '\u00b5s'] : [1e6, 'ms'];
    return `${sign}${nanos / size}${unit}`;
  }
  const hours = Math.floor(nanos / 3.6e12);
  const minutes = Math.floor((nanos % 3.6e12) / 6e10);
  const seconds = (nanos % 6e10) / 1e9;
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours + minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}

/** As Go's package time quotes: everything but plain ASCII as the bytes it has. */
function quote(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) => {
    if (byte < 0x20 || byte >= 0x80) return `\\x${byte.toString(16).padStart(2, '0')}`;
    const char = String.fromCharCode(byte);
    return char === '"' || char === '\\' ? `\\${char}` : char;
  });
  return `"${bytes.join('')}"`;
}
