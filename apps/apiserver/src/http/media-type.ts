import { ApiError, notAcceptable } from '@nestor/api';

/** The form an answer takes, chosen from the Accept header. */
export interface Accepted {
  format: 'json' | 'yaml';
  /** as=Table, PartialObjectMetadata, PartialObjectMetadataList, APIGroupDiscoveryList; '' for the object itself. */
  as: string;
  /** v= parameter of the same clause: v1, v1beta1, v2, v2beta1. */
  version: string;
  group: string;
}

const supported = ['application/json', 'application/yaml'];
const plain: Accepted = { format: 'json', as: '', version: '', group: '' };
const formats: Readonly<Record<string, Accepted['format']>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'text/yaml': 'yaml',
  'application/*': 'json',
  '*/*': 'json',
};
/** Few distinct headers exist in practice (one per client library); parsing each once keeps it off the hot path. */
const parsed = new Map<string, Accepted[]>();
const maxParsed = 256;

export interface Clause {
  type: string;
  parameters: Record<string, string>;
}

export function parseMediaTypes(header: string): Clause[] {
  return header
    .split(',')
    .map((clause) => {
      const [type, ...rest] = clause.split(';').map((part) => part.trim());
      const parameters = Object.fromEntries(
        rest.map((part) => {
          const at = part.indexOf('=');
          return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1).replace(/^"|"$/g, '')];
        }),
      ) as Record<string, string>;
      return { type: (type ?? '').toLowerCase(), parameters };
    })
    .filter((clause) => clause.type !== '')
    .map((clause, index) => ({ clause, index, quality: Number(clause.parameters['q'] ?? '1') }))
    .sort((a, b) => b.quality - a.quality || a.index - b.index)
    .map(({ clause }) => clause);
}

function candidates(header: string): Accepted[] {
  const known = parsed.get(header);
  if (known) return known;
  const list = parseMediaTypes(header).flatMap(({ type, parameters }) => {
    const format = formats[type];
    if (!format) return [];
    return [{ format, as: parameters['as'] ?? '', version: parameters['v'] ?? '', group: parameters['g'] ?? '' }];
  });
  if (parsed.size >= maxParsed) parsed.clear();
  parsed.set(header, list);
  return list;
}

/** The first clause that can be served. `transforms` holds the as= values this endpoint knows; throws 406 otherwise. */
export function negotiate(header: string | undefined, transforms: readonly string[] = []): Accepted {
  if (header === undefined || header === '') return plain;
  for (const candidate of candidates(header)) {
    if (candidate.as === '' || transforms.includes(candidate.as)) return candidate;
  }
  throw notAcceptableHere();
}

export function notAcceptableHere(): ApiError {
  return notAcceptable(supported);
}
