import type { Measurement } from '../measurement';

const columns = [
  'workload',
  'with',
  'per second',
  'p50 ms',
  'p99 ms',
  'server CPU µs each',
  'floor',
  'of floor',
  'more',
];

/** A Markdown table, one line a measurement. */
export function table(measurements: readonly Measurement[]): string {
  const lines = [columns, columns.map(() => '---'), ...measurements.map(cells)];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

export function cells(measurement: Measurement): string[] {
  const {
    workload,
    parameters,
    perSecond,
    p50Ms,
    p99Ms,
    serverCpuMicros,
    floor,
    more = {},
    errors,
    exceeded,
  } = measurement;
  const failed = [...(errors > 0 ? [`errors ${errors}`] : []), ...(exceeded ? [exceeded] : [])];
  return [
    workload,
    pairs(parameters),
    figure(perSecond),
    figure(p50Ms),
    figure(p99Ms),
    figure(serverCpuMicros),
    floor ? `${floor.name} ${figure(floor.perSecond)}` : '',
    floor ? floor.ratio.toFixed(2) : '',
    [pairs(more), ...failed].filter(Boolean).join(', '),
  ];
}

function pairs(values: Readonly<Record<string, number | string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? figure(value) : value}`)
    .join(', ');
}

function figure(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
