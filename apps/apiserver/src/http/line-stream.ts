import type { Socket } from 'node:net';
import type { Exchange } from './exchange';

/** An answer without end, of lines. What is written in one turn of the event loop leaves in one piece. */
export interface LineStream {
  /** False: the client does not keep up, and `onDrain` will be called once it has. */
  write(line: Buffer): boolean;
  /** Sends what waits and ends the answer. */
  end(): void;
}

/** More than this waits for the client rather than in memory. */
const highWaterBytes = 64 * 1024;

/** Sends the head of the answer and opens the stream of its lines. */
export function openLineStream(exchange: Exchange, onDrain: () => void): LineStream {
  const { response } = exchange;
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
  response.flushHeaders();
  // HTTP/2 frames by itself; a pipelined request gets the connection once those before it are answered.
  const socket = 'stream' in response ? null : response.socket;
  if (socket && response.chunkedEncoding) return new ChunkedLines(socket, () => response.end(), onDrain);
  response.on('drain', onDrain);
  return { write: (line) => response.write(line), end: () => void response.end() };
}

const waiting: ChunkedLines[] = [];
function flushWaiting(): void {
  for (const stream of waiting.splice(0)) stream.flush();
}

/**
 * Chunks of HTTP/1.1 straight to the connection. A thousand watches get the same lines in the same turn, so the framed
 * bytes are made once and each costs one write of one buffer: through node:http it would be four, joined anew for each.
 */
class ChunkedLines implements LineStream {
  private lines: Buffer[] = [];
  private bytes = 0;
  private blocked = false;

  constructor(
    private readonly socket: Socket,
    private readonly endResponse: () => void,
    private readonly onDrain: () => void,
  ) {
    socket.on('drain', this.drained);
  }

  write(line: Buffer): boolean {
    if (this.lines.length === 0 && waiting.push(this) === 1) setImmediate(flushWaiting);
    this.lines.push(line);
    this.bytes += line.length;
    this.blocked ||= this.bytes >= highWaterBytes;
    return !this.blocked;
  }

  flush(): void {
    const { lines } = this;
    if (lines.length === 0) return;
    this.lines = [];
    this.bytes = 0;
    const wasBlocked = this.blocked;
    this.blocked = !this.socket.write(frameOf(lines));
    if (wasBlocked && !this.blocked) this.onDrain();
  }

  end(): void {
    this.socket.off('drain', this.drained);
    this.blocked = false;
    if (!this.socket.destroyed) this.flush();
    this.endResponse();
  }

  private readonly drained = (): void => {
    if (!this.blocked || this.lines.length > 0) return;
    this.blocked = false;
    this.onDrain();
  };
}

let framed: { lines: readonly Buffer[]; frame: Buffer } = { lines: [], frame: Buffer.alloc(0) };

/** One chunk of these lines; the same buffer for the next who asks with the same ones. */
function frameOf(lines: readonly Buffer[]): Buffer {
  const known = framed;
  if (known.lines.length === lines.length && lines.every((line, index) => line === known.lines[index])) {
    return known.frame;
  }
  const bytes = lines.reduce((sum, line) => sum + line.length, 0);
  const frame = Buffer.concat([Buffer.from(`${bytes.toString(16)}\r\n`, 'latin1'), ...lines, lineEnd]);
  framed = { lines, frame };
  return frame;
}
const lineEnd = Buffer.from('\r\n');
