import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import type { BusMessage } from './bus';

const revisionHeader = 'Nestor-Revision';
const previousHeader = 'Nestor-Previous';
const typeHeader = 'Nestor-Type';
const traceHeader = 'traceparent';
/** What encodeHeaders() writes: nobody but the relay may publish here. */
const ownHeaders = new RegExp(
  `^NATS/1\\.0\\r\\n${revisionHeader}: (\\d+)\\r\\n${previousHeader}: (\\d+)\\r\\n${typeHeader}: (\\w+)\\r\\n` +
    `(?:${traceHeader}: ([^\\r]*)\\r\\n)?\\r\\n$`,
);

export function publishOn(connection: NatsConnection, message: BusMessage): void {
  // The library asks its headers for nothing else. Its own look through all of them for each that is set, four times over.
  const headers = { encode: () => encodeHeaders(message) } as unknown as MsgHdrs;
  connection.publish(message.subject, message.data, { headers });
}

function encodeHeaders({ revision, previous, type, traceparent }: BusMessage): Buffer {
  const trace = traceparent ? `${traceHeader}: ${traceparent}\r\n` : '';
  return Buffer.from(
    `NATS/1.0\r\n${revisionHeader}: ${revision}\r\n${previousHeader}: ${previous}\r\n${typeHeader}: ${type}\r\n${trace}\r\n`,
    'latin1',
  );
}

/** Nothing for somebody else's message on our subject, which carries no revision. */
export function readMessage(message: Msg): BusMessage | undefined {
  const found = ownHeaders.exec(headerText(message));
  if (!found) return undefined;
  const [, revision, previous, type, traceparent] = found;
  return {
    subject: message.subject,
    data: message.data,
    revision: Number(revision),
    previous: Number(previous),
    type: type === 'bookmark' ? 'bookmark' : 'event',
    ...(traceparent ? { traceparent } : {}),
  };
}

/** Fields that the library decodes its headers from, when asked; that would take longer than all else done with a message. */
interface Received {
  _msg: { hdr: number };
  _rdata: Uint8Array;
}

function headerText(message: Msg): string {
  const { _msg, _rdata } = message as unknown as Received;
  return _msg.hdr > 0 ? Buffer.from(_rdata.buffer, _rdata.byteOffset, _msg.hdr).toString('latin1') : '';
}
