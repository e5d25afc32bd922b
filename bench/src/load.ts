import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import { quantile, type Measurement } from './measurement';
import type { ProcessUsage } from './process-usage';

export interface Request {
  method: Dispatcher.HttpMethod;
  path: string;
  body?: string | Buffer;
  contentType?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface LoadSettings {
  workload: string;
  concurrency: number;
  /** Ends after this time, or when `next` gives no more. */
  durationMs: number;
  usage?: ProcessUsage;
  /** The n-th request. */
  next: (n: number) => Request | undefined;
  /** The n-th has been answered. */
  done?: (n: number) => void;
}

/** A closed loop: as many requests in flight as said, each followed at once by the next. Answers are read whole. */
export async function load(client: Dispatcher, settings: LoadSettings): Promise<Measurement & { bytes: number }> {
  const { workload, concurrency, durationMs, usage, next, done: answered } = settings;
  const latencies: number[] = [];
  let errors = 0;
  let bytes = 0;
  let sent = 0;
  const cpuBefore = usage?.cpuMicros();
  const began = performance.now();
  const end = began + durationMs;

  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const n = sent++;
      const request = next(n);
      if (!request) return;
      const at = performance.now();
      const { code, length } = await send(client, request);
      latencies.push(performance.now() - at);
      answered?.(n);
      bytes += length;
      if (code >= 400) errors++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));

  const seconds = (performance.now() - began) / 1000;
  const cpuAfter = usage?.cpuMicros();
  const done = latencies.length;
  return {
    workload,
    parameters: { concurrency },
    perSecond: done / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    ...(cpuBefore !== undefined && cpuAfter !== undefined ? { serverCpuMicros: (cpuAfter - cpuBefore) / done } : {}),
    errors,
    bytes,
  };
}

export async function send(client: Dispatcher, request: Request): Promise<{ code: number; length: number }> {
  const { statusCode, body } = await client.request({
    method: request.method,
    path: request.path,
    body: request.body,
    headers: {
      ...request.headers,
      ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    },
  });
  let length = 0;
  for await (const part of body) length += (part as Buffer).length;
  return { code: statusCode, length };
}

export async function getText(client: Dispatcher, path: string): Promise<string> {
  const { statusCode, body } = await client.request({ method: 'GET', path });
  const text = await body.text();
  if (statusCode >= 400) throw new Error(`GET ${path} answered ${statusCode}: ${text.slice(0, 300)}`);
  return text;
}
