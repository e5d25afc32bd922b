import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  containerLogPath,
  fileLog,
  memoryLog,
  readLogs,
  restartCountOf,
  type LogOptions,
  type LogSource,
  type RuntimePodContainer,
} from '@nestor/node';
import { HttpError } from './http-error';
import { containerIn, type FoundPod } from './pod-directory';

interface Exchange {
  query: URLSearchParams;
  response: ServerResponse;
}

/** /containerLogs/<namespace>/<pod>/<container> */
export async function writeContainerLogs(found: FoundPod, name: string, exchange: Exchange): Promise<void> {
  const { query } = exchange;
  const container = attempt(found, name, query.get('previous') === 'true');
  const source = logSource(found, container);
  const gone = new AbortController();
  exchange.response.on('close', () => gone.abort());
  const control = { isEnded: () => hasEnded(found, container.id), signal: gone.signal };
  exchange.response.writeHead(200, { 'content-type': 'text/plain' });
  // The caller sees the answer begin even while the container says nothing.
  exchange.response.flushHeaders();
  for await (const chunk of readLogs(source, logOptions(query), control)) {
    if (gone.signal.aborted) return;
    if (!exchange.response.write(chunk)) await drained(exchange.response, gone.signal);
  }
  exchange.response.end();
}

function attempt(found: FoundPod, name: string, previous: boolean): RuntimePodContainer {
  const latest = containerIn(found, name);
  if (!previous) return latest;
  const attempts = found.worker.runtimePod.containers.filter(({ metadata }) => metadata.name === name);
  const before = attempts.find(({ id, state }) => id !== latest.id && state === 'CONTAINER_EXITED');
  // A container in back-off is its own previous attempt.
  const chosen = before ?? (latest.state === 'CONTAINER_EXITED' && restartCountOf(latest) > 0 ? latest : undefined);
  if (chosen) return chosen;
  throw new HttpError(400, `previous terminated container "${name}" in pod "${found.pod.metadata.name}" not found`);
}

function logSource({ runtime, logDirectory }: FoundPod, container: RuntimePodContainer): LogSource {
  const inMemory = runtime.containerLog?.(container.id);
  if (inMemory) return memoryLog(inMemory);
  const file = join(logDirectory, containerLogPath(container.metadata.name, restartCountOf(container)));
  if (!existsSync(file)) throw new HttpError(404, `failed to try resolving symlinks in path "${file}": no such file`);
  return fileLog(file);
}

async function hasEnded({ runtime }: FoundPod, id: string): Promise<boolean> {
  try {
    return (await runtime.containerStatus(id)).state !== 'CONTAINER_RUNNING';
  } catch {
    return true; // Removed, or the runtime is gone: nothing more will come.
  }
}

export function logOptions(query: URLSearchParams): LogOptions {
  const number = (name: string) => (query.get(name) ? Number(query.get(name)) : undefined);
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const since =
    sinceSeconds !== undefined ? Date.now() - sinceSeconds * 1000 : sinceTime ? Date.parse(sinceTime) : undefined;
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
    since,
    stream: (query.get('stream') as LogOptions['stream']) ?? 'All',
  };
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
