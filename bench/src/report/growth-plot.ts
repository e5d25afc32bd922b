import type { Measurement } from '../measurement';

interface Series {
  name: string;
  points: { x: number; y: number }[];
}

const width = 420;
const height = 300;
const margin = { left: 64, right: 150, top: 36, bottom: 44 };
const colors = ['#2a6fb0', '#c4532d', '#3c8f4c', '#7b52ab', '#97821c', '#444'];

/** Two plots side by side, logarithmic both ways: throughput by stored objects and by watchers. */
export function growthPlot(measurements: readonly Measurement[]): string {
  const ofObjects = seriesBy(measurements, 'objects', ({ perSecond }) => perSecond);
  const watched = measurements.filter(({ parameters }) => 'watchers' in parameters);
  const ofWatchers = [
    ...seriesBy(watched, 'watchers', ({ perSecond }) => perSecond),
    ...seriesBy(
      watched.map((one) => ({ ...one, workload: 'events delivered' })),
      'watchers',
      ({ more }) => more?.['eventsPerSecond'],
    ),
  ];
  const each = width + margin.left + margin.right;
  const total = height + margin.top + margin.bottom;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * each} ${total}" font-family="sans-serif" font-size="11">
<rect width="${2 * each}" height="${total}" fill="#fff"/>
${panel(ofObjects, 'per second, by stored objects (64 in flight)', 0)}
${panel(ofWatchers, 'per second, by HTTP watchers (16 in flight)', each)}
</svg>
`;
}

function seriesBy(
  measurements: readonly Measurement[],
  parameter: string,
  value: (one: Measurement) => number | undefined,
): Series[] {
  const series = new Map<string, Series>();
  for (const one of measurements) {
    const x = Number(one.parameters[parameter]);
    const y = value(one);
    if (!(x > 0) || !y) continue;
    const name = one.workload.replace('growth: ', '');
    const known = series.get(name) ?? { name, points: [] };
    series.set(name, known);
    known.points.push({ x, y });
  }
  return [...series.values()];
}

function panel(series: readonly Series[], title: string, offset: number): string {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return '';
  const xs = decades(points.map(({ x }) => x));
  const ys = decades(points.map(({ y }) => y));
  const x = (value: number): number => margin.left + width * share(value, xs);
  const y = (value: number): number => margin.top + height * (1 - share(value, ys));
  const grid = [
    ...ticks(xs).map(
      (tick) => `<line x1="${x(tick)}" x2="${x(tick)}" y1="${margin.top}" y2="${margin.top + height}" stroke="#ddd"/>
<text x="${x(tick)}" y="${margin.top + height + 16}" text-anchor="middle">${tick.toLocaleString('en')}</text>`,
    ),
    ...ticks(ys).map(
      (tick) => `<line x1="${margin.left}" x2="${margin.left + width}" y1="${y(tick)}" y2="${y(tick)}" stroke="#ddd"/>
<text x="${margin.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick.toLocaleString('en')}</text>`,
    ),
  ];
  const labels = spread(series.map((one) => y(one.points.at(-1)!.y)));
  const lines = series.map(({ name, points: own }, index) => {
    const color = colors[index % colors.length]!;
    const path = own.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`);
    const dots = path.map((at) => `<circle cx="${at.split(',')[0]}" cy="${at.split(',')[1]}" r="3" fill="${color}"/>`);
    return `<polyline points="${path.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>
${dots.join('')}
<text x="${margin.left + width + 8}" y="${labels[index]! + 4}" fill="${color}">${name}</text>`;
  });
  return `<g transform="translate(${offset} 0)">
<text x="${margin.left}" y="20" font-size="13" font-weight="bold">${title}</text>
${grid.join('\n')}
${lines.join('\n')}
</g>`;
}

/** The powers of ten around the values. */
function decades(values: readonly number[]): [low: number, high: number] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  return [low, Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))];
}

const share = (value: number, [low, high]: [number, number]): number => (Math.log10(value) - low) / (high - low);
const ticks = ([low, high]: [number, number]): number[] =>
  Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n));

/** Heights of labels, moved apart where lines end close together. */
function spread(heights: readonly number[]): number[] {
  const placed: number[] = [];
  const order = heights.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at);
  let last = -Infinity;
  for (const { at, index } of order) placed[index] = last = Math.max(at, last + 14);
  return placed;
}
