import { headers, type Msg, type NatsConnection } from '@nats-io/nats-core';
import type { BusMessage } from './bus';

const revisionHeader = 'Nestor-Revision';
const previousHeader = 'Nestor-Previous';
const typeHeader = 'Nestor-Type';
const traceHeader = 'traceparent';

export function publishOn(connection: NatsConnection, message: BusMessage): void {
  const carried = headers();
  carried.set(revisionHeader, String(message.revision));
  carried.set(previousHeader, String(message.previous));
  carried.set(typeHeader, message.type);
  if (message.traceparent) carried.set(traceHeader, message.traceparent);
  connection.publish(message.subject, message.data, { headers: carried });
}

/** Nothing for somebody else's message on our subject, which carries no revision. */
export function readMessage({ subject, data, headers: carried }: Msg): BusMessage | undefined {
  if (!carried?.has(revisionHeader)) return undefined;
  const traceparent = carried.get(traceHeader);
  return {
    subject,
    data,
    revision: Number(carried.get(revisionHeader)),
    previous: Number(carried.get(previousHeader)),
    type: carried.get(typeHeader) === 'bookmark' ? 'bookmark' : 'event',
    ...(traceparent ? { traceparent } : {}),
  };
}
