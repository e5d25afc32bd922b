import type { Measurement } from '../measurement';

const rowHeight = 22;
const labelWidth = 320;
const barWidth = 480;

/** A page with one bar for each measurement that has a floor: its share of the floor, the floor itself being the line. */
export function chart(measurements: readonly Measurement[], title: string): string {
  const compared = measurements.filter(({ floor }) => floor);
  const widest = Math.max(1, ...compared.map(({ floor }) => floor!.ratio));
  const scale = barWidth / widest;
  const rows = compared.map(({ workload, parameters, floor }, index) => {
    const y = index * rowHeight;
    const label = `${workload} (${Object.entries(parameters)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')})`;
    return `<text x="${labelWidth - 8}" y="${y + 15}" text-anchor="end">${escape(label)}</text>
<rect x="${labelWidth}" y="${y + 3}" width="${(floor!.ratio * scale).toFixed(1)}" height="${rowHeight - 6}" fill="#4a7"/>
<text x="${(labelWidth + floor!.ratio * scale + 6).toFixed(1)}" y="${y + 15}">${floor!.ratio.toFixed(2)} of ${escape(floor!.name)}</text>`;
  });
  const height = compared.length * rowHeight;
  const one = labelWidth + scale;
  return `<!doctype html>
<meta charset="utf-8"><title>${escape(title)}</title>
<style>body { font: 13px sans-serif } text { font-size: 12px }</style>
<h1>${escape(title)}</h1>
<svg width="${labelWidth + barWidth + 140}" height="${height}">
${rows.join('\n')}
<line x1="${one}" x2="${one}" y1="0" y2="${height}" stroke="#c33" stroke-dasharray="4"/>
</svg>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
