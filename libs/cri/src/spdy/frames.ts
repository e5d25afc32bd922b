/**
 * SPDY/3.1 frames, as far as a client of the CRI streaming server needs them (moby/spdystream on the other side).
 * That server opens no streams and sends no headers of interest, so header blocks are written but never read;
 * they are written as stored (uncompressed) deflate blocks, which every inflater accepts and which keeps no state.
 */

export const frameType = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7 } as const;
export const flagFin = 1;

export type Frame =
  | { kind: 'data'; streamId: number; fin: boolean; payload: Buffer }
  | { kind: 'control'; type: number; flags: number; payload: Buffer };

const headerLength = 8;

/** Takes whole frames off the front of what has arrived; the rest is returned to be continued. */
export function takeFrames(buffer: Buffer): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = [];
  let at = 0;
  while (buffer.length - at >= headerLength) {
    const first = buffer.readUInt32BE(at);
    const second = buffer.readUInt32BE(at + 4);
    const length = second & 0xffffff;
    const end = at + headerLength + length;
    if (buffer.length < end) break;
    const flags = second >>> 24;
    const payload = buffer.subarray(at + headerLength, end);
    frames.push(
      first >>> 31
        ? { kind: 'control', type: first & 0xffff, flags, payload }
        : { kind: 'data', streamId: first, fin: (flags & flagFin) !== 0, payload },
    );
    at = end;
  }
  return { frames, rest: buffer.subarray(at) };
}

function control(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(headerLength);
  head.writeUInt32BE((0x80030000 | type) >>> 0, 0);
  head.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4);
  return Buffer.concat([head, payload]);
}

export function dataFrame(streamId: number, payload: Buffer, fin: boolean): Buffer {
  const head = Buffer.alloc(headerLength);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt32BE((((fin ? flagFin : 0) << 24) | payload.length) >>> 0, 4);
  return Buffer.concat([head, payload]);
}

export function pingFrame(id: Buffer): Buffer {
  return control(frameType.ping, 0, id);
}

export function goAwayFrame(): Buffer {
  return control(frameType.goAway, 0, Buffer.alloc(8));
}

/** Writes header blocks of one connection: the zlib stream's own header goes before the first only. */
export class HeaderBlockWriter {
  private started = false;

  encode(headers: Record<string, string>): Buffer {
    const entries = Object.entries(headers);
    const parts = [uint32(entries.length)];
    for (const [name, value] of entries) parts.push(lengthPrefixed(name.toLowerCase()), lengthPrefixed(value));
    const block = Buffer.concat(parts);
    // 0x78 0x01: deflate, no preset dictionary. An empty stored block after the data makes the reader hand it over.
    const zlibHeader = this.started ? Buffer.alloc(0) : Buffer.from([0x78, 0x01]);
    this.started = true;
    return Buffer.concat([zlibHeader, storedBlock(block), storedBlock(Buffer.alloc(0))]);
  }
}

export function synStreamFrame(streamId: number, headerBlock: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt32BE(streamId, 0);
  return control(frameType.synStream, 0, Buffer.concat([fixed, headerBlock]));
}

function storedBlock(data: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(data.length, 1);
  head.writeUInt16LE(~data.length & 0xffff, 3);
  return Buffer.concat([head, data]);
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
