const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's time.ParseDuration in milliseconds, with its messages. */
export function parseGoDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  if (rest === '') throw new SyntaxError(`time: invalid duration ${quoted}`);
  let left = rest;
  let total = 0;
  while (left !== '') {
    const [all = '', digits = '', unit = ''] = /^(\d*\.?\d*)([^\d.]*)/.exec(left) ?? [];
    if (!/\d/.test(digits)) throw new SyntaxError(`time: invalid duration ${quoted}`);
    if (unit === '') throw new SyntaxError(`time: missing unit in duration ${quoted}`);
    const scale = unitMs[unit];
    if (scale === undefined) throw new SyntaxError(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    total += Number(digits) * scale;
    left = left.slice(all.length);
  }
  return sign === '-' ? -total : total;
}
