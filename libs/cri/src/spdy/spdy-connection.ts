import { Duplex } from 'node:stream';
import {
  dataFrame,
  Frame,
  frameType,
  goAwayFrame,
  HeaderBlockWriter,
  pingFrame,
  synStreamFrame,
  takeFrames,
} from './frames';

/** Larger writes are split, so that one stream's bulk does not hold up another's frames for long. */
const maxDataBytes = 64 * 1024;

/** The client side of a SPDY/3.1 connection: streams are opened here, read and written as Duplexes. */
export class SpdyConnection {
  private readonly streams = new Map<number, SpdyStream>();
  private readonly headerBlocks = new HeaderBlockWriter();
  private nextStreamId = 1;
  private pending: Buffer = Buffer.alloc(0);
  private paused = 0;

  constructor(private readonly socket: Duplex) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) => this.finish(error));
    socket.on('close', () => this.finish());
    socket.on('end', () => this.finish());
  }

  openStream(headers: Record<string, string>): SpdyStream {
    const id = this.nextStreamId;
    this.nextStreamId += 2;
    const stream = new SpdyStream(id, this);
    this.streams.set(id, stream);
    this.socket.write(synStreamFrame(id, this.headerBlocks.encode(headers)));
    return stream;
  }

  sendData(streamId: number, payload: Buffer, fin: boolean, done: (error?: Error | null) => void): void {
    if (this.socket.destroyed || this.socket.writableEnded) return done(new Error('connection is closed'));
    let at = 0;
    while (payload.length - at > maxDataBytes) {
      this.socket.write(dataFrame(streamId, payload.subarray(at, at + maxDataBytes), false));
      at += maxDataBytes;
    }
    this.socket.write(dataFrame(streamId, payload.subarray(at), fin), done);
  }

  /** spdystream has no flow control of its own: a slow reader holds back the whole connection. */
  holdReading(held: boolean): void {
    this.paused += held ? 1 : -1;
    if (this.paused > 0) this.socket.pause();
    else this.socket.resume();
  }

  close(): void {
    if (!this.socket.destroyed) this.socket.end(goAwayFrame());
    setTimeout(() => this.socket.destroy(), 1000).unref();
  }

  private receive(chunk: Buffer): void {
    const { frames, rest } = takeFrames(this.pending.length ? Buffer.concat([this.pending, chunk]) : chunk);
    this.pending = rest;
    for (const frame of frames) this.handle(frame);
  }

  private handle(frame: Frame): void {
    if (frame.kind === 'data') {
      const stream = this.streams.get(frame.streamId);
      if (frame.payload.length) stream?.deliver(frame.payload);
      if (frame.fin) stream?.deliver(null);
      return;
    }
    if (frame.type === frameType.ping) this.socket.write(pingFrame(frame.payload));
    else if (frame.type === frameType.rstStream) this.streams.get(frame.payload.readUInt32BE(0))?.deliver(null);
  }

  private finish(error?: Error): void {
    for (const stream of this.streams.values()) {
      if (error) stream.destroy(error);
      else stream.deliver(null);
    }
    this.streams.clear();
  }
}

export class SpdyStream extends Duplex {
  private ended = false;
  private holding = false;

  constructor(
    private readonly id: number,
    private readonly connection: SpdyConnection,
  ) {
    super({ allowHalfOpen: true });
    // Streams nobody reads to the end fail with the connection; that must not bring the process down.
    this.on('error', () => undefined);
  }

  deliver(payload: Buffer | null): void {
    if (this.ended || this.destroyed) return;
    if (payload === null) this.ended = true;
    if (!this.push(payload) && payload !== null && !this.holding) {
      this.holding = true;
      this.connection.holdReading(true);
    }
  }

  override _read(): void {
    this.release();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.connection.sendData(this.id, chunk, false, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    // A connection that is gone has ended our side already.
    this.connection.sendData(this.id, Buffer.alloc(0), true, () => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.release();
    done(error);
  }

  private release(): void {
    if (!this.holding) return;
    this.holding = false;
    this.connection.holdReading(false);
  }
}
