import type { Bus, BusMessage, Subscription } from './bus';
import { SubjectTree } from './subject-tree';

type Handler = (message: BusMessage) => void;

/** The bus for apps that share a process (the test bed). Delivery is in order and asynchronous, as over a wire. */
export class InProcessBus implements Bus {
  private readonly handlers = new SubjectTree<{ handle: Handler }>();
  private readonly stateListeners = new Set<(connected: boolean) => void>();
  private queue: BusMessage[] = [];
  private delivering: Promise<void> | undefined;
  private open = true;

  get connected(): boolean {
    return this.open;
  }

  publish(message: BusMessage): void {
    if (!this.open) return;
    this.queue.push(message);
    this.delivering ??= Promise.resolve().then(() => this.deliver());
  }

  subscribe(subject: string, handler: Handler): Subscription {
    const entry = { handle: handler };
    this.handlers.add(subject, entry);
    return {
      unsubscribe: () => {
        entry.handle = () => undefined;
        this.handlers.remove(subject, entry);
      },
    };
  }

  async flush(): Promise<void> {
    await this.delivering;
  }

  onState(listener: (connected: boolean) => void): Subscription {
    this.stateListeners.add(listener);
    return { unsubscribe: () => void this.stateListeners.delete(listener) };
  }

  /** Everybody hears everything. */
  onRights(): Subscription {
    return { unsubscribe: () => undefined };
  }

  async close(): Promise<void> {
    await this.delivering;
    if (!this.open) return;
    this.open = false;
    for (const listener of this.stateListeners) listener(false);
  }

  private deliver(): void {
    this.delivering = undefined;
    const queue = this.queue;
    this.queue = [];
    for (const message of queue) {
      for (const entry of this.handlers.matching(message.subject)) entry.handle(message);
    }
  }
}
