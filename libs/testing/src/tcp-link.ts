import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What bytes meet on their way; may change at any time, for all links of a proxy. */
export interface LinkConditions {
  delayMs: number;
  bytesPerSecond: number;
  /** Nothing while bytes may pass, otherwise what to wait for. */
  passable(): Promise<void> | undefined;
}

/** What a direction holds before it stops reading, so that a sender meets a full window as in a real network. */
const windowBytes = 64 * 1024;

/** One connection through the proxy: two sockets and a pump each way. */
export class TcpLink {
  readonly ended: Promise<unknown>;
  private lost: Promise<void> | undefined;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    conditions: LinkConditions,
  ) {
    const closed = [client, server].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    this.ended = Promise.all(closed);
    for (const socket of [client, server]) socket.on('error', () => undefined);
    const passable = () => this.lost ?? conditions.passable();
    new Pump(client, server, conditions, passable);
    new Pump(server, client, conditions, passable);
  }

  /** Passes nothing any more, as where a firewall forgot the connection. */
  swallow(): void {
    this.lost = new Promise(() => undefined);
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }
}

/** Carries bytes, the end and the loss of one socket to another, in order, when the conditions let it. */
class Pump {
  private readonly queue: { bytes: Buffer; due: number }[] = [];
  private held = 0;
  private over: 'no' | 'ended' | 'lost' = 'no';
  private running = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly conditions: LinkConditions,
    private readonly passable: LinkConditions['passable'],
  ) {
    from.on('data', (bytes: Buffer) => this.take(bytes));
    from.once('end', () => this.finish('ended'));
    from.once('close', () => this.finish('lost'));
    from.resume();
  }

  private take(bytes: Buffer): void {
    this.queue.push({ bytes, due: Date.now() + this.conditions.delayMs });
    this.held += bytes.length;
    if (this.held >= windowBytes) this.from.pause();
    void this.run();
  }

  private finish(how: 'ended' | 'lost'): void {
    this.over = how;
    void this.run();
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      const wait = next.due - Date.now();
      if (wait > 0) await sleep(wait);
      await this.pass(next.bytes);
      this.held -= next.bytes.length;
      if (this.held < windowBytes) this.from.resume();
    }
    await this.open();
    this.running = false;
    if (this.queue.length > 0) return this.run();
    if (this.over === 'ended') this.to.end();
    // A socket that has ended in order closes too; only what closed otherwise tears the other side down.
    if (this.over === 'lost' && !this.to.writableEnded) this.to.destroy();
    if (this.from.destroyed && this.from.errored) this.to.destroy();
  }

  private async pass(bytes: Buffer): Promise<void> {
    const { bytesPerSecond } = this.conditions;
    // Twenty pieces a second, so that a slow link trickles instead of bursting.
    const size = Number.isFinite(bytesPerSecond) ? Math.max(1, Math.ceil(bytesPerSecond / 20)) : bytes.length;
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size);
      if (Number.isFinite(bytesPerSecond)) await sleep((piece.length / bytesPerSecond) * 1000);
      await this.open();
      await this.write(piece);
    }
  }

  private async open(): Promise<void> {
    for (let gate = this.passable(); gate; gate = this.passable()) await gate;
  }

  private async write(bytes: Buffer): Promise<void> {
    if (this.to.destroyed || this.to.writableEnded || this.to.write(bytes)) return;
    await Promise.race([once(this.to, 'drain'), once(this.to, 'close')]).catch(() => undefined);
  }
}
