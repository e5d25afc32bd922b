import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom, isObservable } from 'rxjs';
import type { Bus, BusMessage, Subscription } from '@nestor/watch';

/** What a handler may ask about the event it was given. */
export class WatchBusContext extends BaseRpcContext<[BusMessage]> {
  get message(): BusMessage {
    return this.getArgByIndex(0) as BusMessage;
  }
  get revision(): number {
    return this.message.revision;
  }
  get previous(): number {
    return this.message.previous;
  }
}

/**
 * Nest's transport for watch events: `@EventPattern('nestor.watch.apps.deployments.>')` handlers get each BusMessage of
 * their subject with a WatchBusContext, one at a time and in the order of revisions. Nest's own NATS transport starts
 * handlers without waiting for the one before, and its packets hide the headers that order and gaps are read from.
 */
export class WatchBusStrategy
  extends Server<{ state: (connected: boolean) => void }>
  implements CustomTransportStrategy
{
  private readonly subscriptions: Subscription[] = [];
  private state: Subscription | undefined;

  constructor(private readonly bus: Bus) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    for (const pattern of this.messageHandlers.keys()) this.follow(pattern);
    this._status$.next(this.bus.connected ? 'connected' : 'disconnected');
    this.state = this.bus.onState((up) => this._status$.next(up ? 'connected' : 'disconnected'));
    callback();
  }

  close(): void {
    this.state?.unsubscribe();
    for (const subscription of this.subscriptions.splice(0)) subscription.unsubscribe();
  }

  on<Event extends 'state'>(_event: Event, callback: (connected: boolean) => void): void {
    this.bus.onState(callback);
  }

  unwrap<T>(): T {
    return this.bus as T;
  }

  private follow(pattern: string): void {
    let before = Promise.resolve();
    this.subscriptions.push(
      this.bus.subscribe(pattern, (message) => {
        before = before.then(() => this.handle(pattern, message));
      }),
    );
  }

  private async handle(pattern: string, message: BusMessage): Promise<void> {
    // Several handlers of one pattern are chained by Nest.
    for (let handler = this.messageHandlers.get(pattern); handler; handler = handler.next) {
      try {
        const result: unknown = await handler(message, new WatchBusContext([message]));
        if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
      } catch (error) {
        // The next event must not wait for the mending of this one; who missed it sees so by the revisions.
        this.logger.error(error);
      }
    }
  }
}
