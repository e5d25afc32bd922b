import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/** One line of a span file. Times are milliseconds since the epoch. */
export interface SpanRecord {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  service: string;
  name: string;
  start: number;
  end: number;
  attributes: Record<string, unknown>;
  links?: { traceId: string; spanId: string }[];
  error?: string;
}

/** Appends finished spans to a file as JSON lines: whole lines in one write, so that a reader may follow along. */
export class SpanFileExporter implements SpanExporter {
  constructor(private readonly path: string) {
    mkdirSync(dirname(path), { recursive: true });
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    try {
      appendFileSync(this.path, spans.map((span) => `${JSON.stringify(spanRecord(span))}\n`).join(''));
      done({ code: 0 });
    } catch (error) {
      done({ code: 1, error: error as Error });
    }
  }

  async shutdown(): Promise<void> {}
}

function spanRecord(span: ReadableSpan): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    service: String(span.resource.attributes['service.name'] ?? ''),
    name: span.name,
    start: milliseconds(span.startTime),
    end: milliseconds(span.endTime),
    attributes: span.attributes,
    ...(span.links.length && {
      links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
    }),
    ...(span.status.code === 2 && { error: span.status.message ?? 'failed' }),
  };
}

function milliseconds([seconds, nanos]: [number, number]): number {
  return seconds * 1000 + nanos / 1e6;
}
