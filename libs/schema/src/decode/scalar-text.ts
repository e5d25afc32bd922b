/** What the UnmarshalJSON of Kubernetes' scalar types says to a text it cannot read; undefined where it can. */
export function scalarTextError(format: string, text: string): string | undefined {
  switch (format) {
    case 'quantity':
      return quantityError(text);
    case 'date-time':
      return timeError(text, '2006-01-02T15:04:05Z07:00');
    case 'date-time-micro':
      return timeError(text, '2006-01-02T15:04:05.000000Z07:00');
    case 'byte':
      return base64Error(text);
    default:
      return undefined;
  }
}

function quantityError(text: string): string | undefined {
  if (/^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[numkMGTPE]?|[KMGTPE]i|[eE][-+]?[0-9]+)\s*$/.test(text))
    return undefined;
  if (/^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eEinumkKMGTP]*[-+]?[0-9]*\s*$/.test(text))
    return "unable to parse quantity's suffix";
  return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
}

/** The literal parts of RFC 3339 in order, each with Go's name for it in the layout. */
const timeParts: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}/, '2006'],
  [/^-/, '-'],
  [/^\d{2}/, '01'],
  [/^-/, '-'],
  [/^\d{2}/, '02'],
  [/^T/, 'T'],
  [/^\d{2}/, '15'],
  [/^:/, ':'],
  [/^\d{2}/, '04'],
  [/^:/, ':'],
  [/^\d{2}(?:[.,]\d+)?/, '05'],
  [/^(?:Z|[+-]\d{2}:\d{2})$/, 'Z07:00'],
];

function timeError(text: string, layout: string): string | undefined {
  let rest = text;
  for (const [shape, name] of timeParts) {
    const found = shape.exec(rest);
    if (!found)
      return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(name)}`;
    rest = rest.slice(found[0].length);
  }
  return Number.isNaN(Date.parse(text.replace(',', '.')))
    ? `parsing time ${JSON.stringify(text)}: day out of range`
    : undefined;
}

function base64Error(text: string): string | undefined {
  const clean = text.replace(/[\r\n]/g, '');
  const bad = /[^A-Za-z0-9+/]/.exec(clean.replace(/={1,2}$/, ''));
  if (bad) return `illegal base64 data at input byte ${bad.index}`;
  return clean.length % 4 === 0 ? undefined : `illegal base64 data at input byte ${clean.length - (clean.length % 4)}`;
}
