import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { LogEntry, LogLines, parseLogLine } from './cri-log';

export interface LogOptions {
  follow?: boolean;
  tailLines?: number;
  /** Milliseconds since the epoch. */
  since?: number;
  timestamps?: boolean;
  limitBytes?: number;
  stream?: 'All' | 'Stdout' | 'Stderr';
}

/** A growing text: a file, or what a simulated runtime keeps. */
export interface LogSource {
  read(from: number): Promise<Buffer>;
  /** Resolves when there may be more. */
  changed(): Promise<void>;
}

const pollMs = 100;
const chunkBytes = 256 * 1024;

/** The runtime's log file. It is polled: a container's output has no other signal than the file's length. */
export function fileLog(path: string): LogSource {
  return {
    async read(from) {
      const file = await open(path, 'r');
      try {
        const { size } = await file.stat();
        const buffer = Buffer.alloc(Math.max(0, Math.min(size - from, chunkBytes)));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    changed: () => delay(pollMs),
  };
}

export function memoryLog(log: { read(): Buffer; changed(): Promise<void> }): LogSource {
  return {
    read: async (from) => log.read().subarray(from),
    changed: () => Promise.race([log.changed(), delay(1000)]),
  };
}

/**
 * A container's log as `kubectl logs` shows it. With follow it goes on until the container has ended (and all was read)
 * or the signal aborts.
 */
export async function* readLogs(
  source: LogSource,
  options: LogOptions,
  control: { isEnded(): Promise<boolean>; signal: AbortSignal },
): AsyncGenerator<Buffer> {
  let budget = options.limitBytes ?? Infinity;
  const format = (entry: LogEntry): Buffer => {
    const line = options.timestamps ? Buffer.concat([Buffer.from(`${entry.time} `), entry.content]) : entry.content;
    const cut = line.length > budget ? line.subarray(0, budget) : line;
    budget -= cut.length;
    return cut;
  };
  const state = { offset: 0, lines: new LogLines() };
  const entries: LogEntry[] = [];
  for (let batch = await nextBatch(source, state); batch; batch = await nextBatch(source, state)) {
    for (const entry of batch) if (isWanted(entry, options)) entries.push(entry);
    // Only the tail is kept while reading; without one, lines are handed out as they come.
    if (options.tailLines !== undefined) entries.splice(0, entries.length - Math.max(options.tailLines, 0));
    else if (entries.length) yield Buffer.concat(entries.splice(0).map(format));
    if (budget <= 0) return;
  }
  if (entries.length) yield Buffer.concat(entries.map(format));
  while (options.follow && budget > 0 && !control.signal.aborted) {
    // Asked before the read: what a container wrote before it ended is in the log by then.
    const ended = await control.isEnded();
    for (let batch = await nextBatch(source, state); batch; batch = await nextBatch(source, state)) {
      const wanted = batch.filter((entry) => isWanted(entry, options));
      if (wanted.length) yield Buffer.concat(wanted.map(format));
    }
    if (ended) return;
    await source.changed();
  }
}

async function nextBatch(
  source: LogSource,
  state: { offset: number; lines: LogLines },
): Promise<LogEntry[] | undefined> {
  const chunk = await source.read(state.offset);
  if (chunk.length === 0) return undefined;
  state.offset += chunk.length;
  return state.lines.take(chunk).flatMap((line) => parseLogLine(line) ?? []);
}

function isWanted(entry: LogEntry, { since, stream }: LogOptions): boolean {
  if (stream && stream !== 'All' && entry.stream !== stream.toLowerCase()) return false;
  return since === undefined || Date.parse(entry.time) >= since;
}
