import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Exchange } from './exchange';

/** What is long leaves in pieces of this size, so that nobody else waits for all of it. */
export const sliceBytes = 512 * 1024;

/**
 * Writes in as many turns as there are slices, as fast as `out` takes them, until `response` is gone. Many small parts
 * (the items of a list) are joined: one write costs less than thousands.
 */
export async function writeSlices(
  response: Exchange['response'],
  body: Buffer | Buffer[],
  out: Writable,
): Promise<void> {
  // Said by the event: a response over HTTP/2 does not have `destroyed`.
  let gone = false;
  const whenGone = new Promise<void>((resolve) => {
    response.once('close', () => {
      gone = true;
      resolve();
    });
  });
  const buffers = new SliceBuffers();
  for (const parts of slicesOf(body)) {
    const slice = await Promise.race([buffers.joined(parts), whenGone]);
    if (gone || !slice) return;
    const drained = out.write(slice, () => buffers.written(slice))
      ? setImmediate()
      : new Promise((resolve) => out.once('drain', resolve));
    await Promise.race([drained, whenGone]);
    if (gone) return;
  }
  out.end();
}

function* slicesOf(body: Buffer | Buffer[]): Generator<Buffer[]> {
  if (!Array.isArray(body)) {
    for (let from = 0; from < body.length; from += sliceBytes) yield [body.subarray(from, from + sliceBytes)];
    return;
  }
  let slice: Buffer[] = [];
  let bytes = 0;
  for (const part of body) {
    if (slice.length > 0 && bytes + part.length > sliceBytes) {
      yield slice;
      slice = [];
      bytes = 0;
    }
    slice.push(part);
    bytes += part.length;
  }
  if (slice.length > 0) yield slice;
}

/** Two for each answer, filled in turn: a new one for each slice would make as much garbage as the list is long. */
class SliceBuffers {
  private readonly free: Buffer[] = [];
  private readonly lent = new Map<ArrayBufferLike, Buffer>();
  private made = 0;
  private waiting: ((buffer: Buffer) => void) | undefined;

  async joined(parts: readonly Buffer[]): Promise<Buffer> {
    if (parts.length === 1) return parts[0]!;
    const buffer = this.free.pop() ?? (await this.next());
    let length = 0;
    for (const part of parts) length += part.copy(buffer, length);
    return buffer.subarray(0, length);
  }

  written(slice: Buffer): void {
    // One part alone was sent as it is, out of the cache.
    const buffer = this.lent.get(slice.buffer);
    if (!buffer) return;
    if (this.waiting) this.waiting(buffer);
    else this.free.push(buffer);
    this.waiting = undefined;
  }

  private next(): Buffer | Promise<Buffer> {
    if (this.made === 2) return new Promise((resolve) => (this.waiting = resolve));
    this.made += 1;
    const buffer = Buffer.allocUnsafeSlow(sliceBytes);
    this.lent.set(buffer.buffer, buffer);
    return buffer;
  }
}
