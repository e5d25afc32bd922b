import type { SpanRecord } from '@nestor/telemetry';

/** A trace as a tree: when each span began after the first, how long it took, who did it. */
export function renderTrace(spans: readonly SpanRecord[]): string {
  if (spans.length === 0) return 'no spans\n';
  const known = new Set(spans.map((span) => span.spanId));
  const children = new Map<string, SpanRecord[]>();
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    // The parent may be in a process that does not trace, such as kubectl.
    const parent = span.parentSpanId && known.has(span.parentSpanId) ? span.parentSpanId : '';
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const began = Math.min(...spans.map((span) => span.start));
  const lines = (parent: string, indent: string): string[] =>
    (children.get(parent) ?? []).flatMap((span) => [line(span, began, indent), ...lines(span.spanId, `${indent}  `)]);
  return `trace ${spans[0]!.traceId}\n   start       took\n${lines('', '').join('')}`;
}

/** The part of a trace that led to one object and that came of it: a trace may hold thousands of its siblings. */
export function spansAbout(spans: readonly SpanRecord[], created: string): SpanRecord[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const kept = new Set<string>();
  for (let span = byId.get(created); span && !kept.has(span.spanId); span = byId.get(span.parentSpanId ?? ''))
    kept.add(span.spanId);
  const isDescendant = ({ parentSpanId }: SpanRecord): boolean => {
    for (let id = parentSpanId; id; id = byId.get(id)?.parentSpanId) if (id === created) return true;
    return false;
  };
  return spans.filter((span) => kept.has(span.spanId) || isDescendant(span));
}

function line(span: SpanRecord, began: number, indent: string): string {
  const at = `+${(span.start - began).toFixed(1)}ms`.padStart(10);
  const took = `${(span.end - span.start).toFixed(1)}ms`.padStart(10);
  const about = Object.entries(span.attributes).map(([name, value]) => `${name}=${String(value)}`);
  const failed = span.error ? [`FAILED: ${span.error}`] : [];
  return `${at} ${took}  ${indent}${[`[${span.service}]`, span.name, ...about, ...failed].join(' ')}\n`;
}
