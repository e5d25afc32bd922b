import type { AdmissionRequest } from '@nestor/admission';
import type { ApiObject, DeepReadonly, StrategyContext } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import type { ServedResource } from '../registry/served-resource';
import type { WriteOptions } from './write-options';

/** Who writes what, where and how: what is common to create, update and patch. */
export interface WriteRequest {
  served: ServedResource;
  exchange: Caller;
  options: WriteOptions;
  namespace: string;
  name: string;
  subresource: string;
  /** RFC 3339, second resolution. */
  now: string;
}

/** What storage needs of a request; the server's own writes have no HTTP around them. */
export type Caller = Pick<Exchange, 'user' | 'warnings'>;

export const secondResolution = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z');

let second = 0;
let secondText = '';

/** Now, RFC 3339. A busy second asks thousands of times. */
function currentSecond(): string {
  const now = Date.now();
  if (now - second >= 1000 || now < second) {
    second = now - (now % 1000);
    secondText = secondResolution(new Date(second));
  }
  return secondText;
}

export function writeRequest(served: ServedResource, exchange: Exchange, options: WriteOptions): WriteRequest {
  const { namespace, name, subresource } = exchange.info;
  return {
    served,
    exchange,
    options,
    namespace: served.definition.namespaced ? namespace : '',
    name,
    subresource,
    now: currentSecond(),
  };
}

export function strategyContext({ exchange, namespace, subresource, now }: WriteRequest): StrategyContext {
  return { now, namespace, subresource, user: exchange.user };
}

export function admissionRequest(
  request: WriteRequest,
  operation: AdmissionRequest['operation'],
  objects: { object?: ApiObject; old?: DeepReadonly<ApiObject> },
): AdmissionRequest {
  const { definition } = request.served;
  return {
    operation,
    group: definition.group,
    version: definition.version,
    resource: definition.plural,
    kind: definition.kind,
    namespaced: definition.namespaced,
    subresource: request.subresource,
    namespace: request.namespace,
    name: request.name,
    user: request.exchange.user,
    dryRun: request.options.dryRun,
    warn: (text) => void request.exchange.warnings.add(text),
    ...objects,
  };
}
