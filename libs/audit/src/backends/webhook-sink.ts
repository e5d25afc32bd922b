import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@nestor/telemetry';
import { auditApiVersion, type AuditEvent } from '../audit-event';
import { countLost, type AuditSink } from './audit-sink';

/** Sends an audit.k8s.io/v1 EventList to the server that collects them, and tells the status code of its answer. */
export type DeliverEvents = (list: Buffer) => Promise<number>;

const log = createLogger('audit');
const attempts = 5;
const backoffFactor = 1.5;

/** Posts events to a server. A broken line or a busy server is tried again a few times, as upstream's webhook client does. */
export class WebhookSink implements AuditSink {
  constructor(
    private readonly deliver: DeliverEvents,
    private readonly initialBackoffMs: number,
  ) {}

  async process(events: readonly AuditEvent[]): Promise<boolean> {
    const list = Buffer.from(
      JSON.stringify({ kind: 'EventList', apiVersion: auditApiVersion, metadata: {}, items: events }),
    );
    let backoffMs = this.initialBackoffMs;
    for (let attempt = 1; ; attempt++) {
      const problem = await this.attempt(list);
      if (!problem) return true;
      if (attempt === attempts || !problem.mayPass) {
        countLost('webhook', events.length);
        log.error({ error: problem.cause, events: events.length }, 'audit events could not be delivered');
        return false;
      }
      await sleep(backoffMs * (1 + 0.2 * Math.random()));
      backoffMs *= backoffFactor;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async attempt(list: Buffer): Promise<{ cause: unknown; mayPass: boolean } | undefined> {
    try {
      const code = await this.deliver(list);
      if (code >= 200 && code < 300) return undefined;
      return { cause: `the server answered ${code}`, mayPass: code === 429 || code >= 500 };
    } catch (cause) {
      return { cause, mayPass: true };
    }
  }
}
