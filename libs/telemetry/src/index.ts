/**
 * What a process tells about itself: structured logs on stderr, metrics, health, and trace spans.
 *
 * `runApp` is the frame of every app: configuration, logs, tracing, the health and metrics server, the Nest context,
 * and an orderly end on a signal or when the supervisor that started it is gone.
 *
 * What is off is not loaded: without a tracing file or endpoint no OpenTelemetry module is imported and `withSpan`
 * only calls its function.
 */
export { createLogger, setLogLevel, type Logger } from './logger';
export { metrics, Metrics, type Counter, type Gauge, type Histogram } from './metrics';
export { HealthChecks, health, type HealthAnswer, type HealthKind } from './health-checks';
export { startObservability, type ObservabilityServer, type ObservabilitySettings } from './observability-server';
export {
  beginSpan,
  currentTraceparent,
  flushTracing,
  initTracing,
  isTracing,
  spanFromLink,
  traceparentAnnotation,
  withSpan,
  type ActiveSpan,
  type SpanAttributes,
  type SpanSettings,
  type TracingSettings,
} from './tracing';
export type { SpanRecord } from './span-file.exporter';
export { runApp, type AppDefinition } from './run-app';
export { lifelineVariable, watchLifeline } from './lifeline';
