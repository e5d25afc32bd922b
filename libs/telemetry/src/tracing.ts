import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, Span, SpanContext, Tracer } from '@opentelemetry/api';
import type { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

/** The annotation that carries the span of an object's creation to whoever works on the object later. */
export const traceparentAnnotation = 'nestor.dev/traceparent';

export type SpanAttributes = Record<string, string | number | boolean | undefined>;

export interface SpanSettings {
  /** A W3C traceparent; without it the span around is the parent, or a new trace starts. */
  parent?: string | undefined;
  /** Traceparents of spans this one comes from without being a part of them. */
  links?: readonly (string | undefined)[];
  attributes?: SpanAttributes;
}

export interface ActiveSpan {
  /** Undefined when tracing is off. */
  readonly traceparent: string | undefined;
  set(attributes: SpanAttributes): void;
  end(error?: unknown): void;
}

export interface TracingSettings {
  service: string;
  file?: string | undefined;
  endpoint?: string | undefined;
}

interface Tracing {
  api: typeof import('@opentelemetry/api');
  tracer: Tracer;
  provider: BasicTracerProvider;
  current: AsyncLocalStorage<Span>;
}

let tracing: Tracing | undefined;

const noSpan: ActiveSpan = { traceparent: undefined, set: () => undefined, end: () => undefined };

/** Turns tracing on where a file or an endpoint is named. The modules are only loaded then. */
export function initTracing({ service, file, endpoint }: TracingSettings): void {
  if (tracing || (!file && !endpoint)) return;
  const api = require('@opentelemetry/api') as typeof import('@opentelemetry/api');
  const sdk = require('@opentelemetry/sdk-trace-base') as typeof import('@opentelemetry/sdk-trace-base');
  const { resourceFromAttributes } = require('@opentelemetry/resources') as typeof import('@opentelemetry/resources');

  const exporters = [];
  if (file) {
    const { SpanFileExporter } = require('./span-file.exporter') as typeof import('./span-file.exporter');
    exporters.push(new SpanFileExporter(file));
  }
  if (endpoint) {
    const { OTLPTraceExporter } =
      require('@opentelemetry/exporter-trace-otlp-http') as typeof import('@opentelemetry/exporter-trace-otlp-http');
    exporters.push(new OTLPTraceExporter({ url: endpoint }));
  }
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: exporters.map((exporter) => new sdk.BatchSpanProcessor(exporter, { scheduledDelayMillis: 500 })),
  });
  tracing = { api, tracer: provider.getTracer('nestor'), provider, current: new AsyncLocalStorage() };
}

export function isTracing(): boolean {
  return tracing !== undefined;
}

/** Runs `fn` in a span that ends with it, or with the promise it returns. A throw marks the span as failed. */
export function withSpan<T>(name: string, settings: SpanSettings, fn: (span: ActiveSpan) => T): T {
  if (!tracing) return fn(noSpan);
  const { span, active } = open(tracing, name, settings);
  return tracing.current.run(span, () => {
    let result: T;
    try {
      result = fn(active);
    } catch (error) {
      active.end(error);
      throw error;
    }
    if (!(result instanceof Promise)) {
      active.end();
      return result;
    }
    return result.then(
      (value: unknown) => {
        active.end();
        return value;
      },
      (error: unknown) => {
        active.end(error);
        throw error;
      },
    ) as T;
  });
}

/** A span that is ended by hand, for work that is not one function call. It is not the parent of what follows. */
export function beginSpan(name: string, settings: SpanSettings = {}): ActiveSpan {
  return tracing ? open(tracing, name, settings).active : noSpan;
}

/** Runs `fn` in a span of a new trace that names, as a link, the span that caused it. */
export function spanFromLink<T>(name: string, link: string | undefined, fn: (span: ActiveSpan) => T): T {
  return withSpan(name, { links: [link] }, fn);
}

/** The span around, to be sent along as a `traceparent` header. */
export function currentTraceparent(): string | undefined {
  const span = tracing?.current.getStore();
  return span && formatTraceparent(span.spanContext());
}

/** Writes out what is still buffered. Call before the process ends. */
export async function flushTracing(): Promise<void> {
  await tracing?.provider.forceFlush();
}

function open(on: Tracing, name: string, settings: SpanSettings): { span: Span; active: ActiveSpan } {
  const { api } = on;
  const span = on.tracer.startSpan(
    name,
    {
      attributes: settings.attributes,
      links: (settings.links ?? []).flatMap((link) => {
        const context = parseTraceparent(link);
        return context ? [{ context }] : [];
      }),
    },
    parentContext(on, settings),
  );
  const active: ActiveSpan = {
    traceparent: formatTraceparent(span.spanContext()),
    set: (attributes) => void span.setAttributes(attributes),
    end: (error) => {
      if (error !== undefined) {
        const message = error instanceof Error ? error.message : String(error);
        span.setStatus({ code: api.SpanStatusCode.ERROR, message });
      }
      span.end();
    },
  };
  return { span, active };
}

function parentContext({ api, current }: Tracing, settings: SpanSettings): Context {
  const remote = parseTraceparent(settings.parent);
  if (remote) return api.trace.setSpanContext(api.ROOT_CONTEXT, { ...remote, isRemote: true });
  const around = settings.links?.some(Boolean) ? undefined : current.getStore();
  return around ? api.trace.setSpan(api.ROOT_CONTEXT, around) : api.ROOT_CONTEXT;
}

const traceparentForm = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const match = text ? traceparentForm.exec(text) : null;
  if (!match || /^0+$/.test(match[1]!) || /^0+$/.test(match[2]!)) return undefined;
  return { traceId: match[1]!, spanId: match[2]!, traceFlags: parseInt(match[3]!, 16) };
}

function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
