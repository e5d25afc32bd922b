import type { Exchange } from '../http/exchange';
import { negotiate } from '../http/media-type';
import { sendBytes, sendObject } from '../http/respond';
import type { ServedResource } from '../registry/served-resource';
import { privateCopy } from './canonical-body';
import type { Written } from './commit';
import { objectForms } from './get';
import { includeObjectOf, partialMetadata, tableOf } from './table';

/** Answers a write with the object as it now is, in the form the client accepts. */
export function sendWritten(
  exchange: Exchange,
  served: ServedResource,
  written: Written,
  code = written.created ? 201 : 200,
): void {
  const accepted = negotiate(exchange.request.headers.accept, objectForms);
  if (accepted.as === '') {
    sendBytes(exchange, code, written.bytes, accepted);
    return;
  }
  const object = privateCopy(written.bytes);
  if (accepted.as === 'PartialObjectMetadata') {
    sendObject(exchange, code, partialMetadata(object, accepted.version), accepted);
    return;
  }
  const { name = '', namespace = '', uid = '' } = object.metadata;
  const row = {
    namespace,
    name,
    uid,
    revision: written.revision,
    bytes: written.bytes,
    labels: {},
    fields: {},
    object: () => object,
  };
  const metadata = { resourceVersion: String(written.revision) };
  sendObject(
    exchange,
    code,
    tableOf(served, [row], { version: accepted.version, metadata, include: includeObjectOf(exchange.query) }),
    accepted,
  );
}
