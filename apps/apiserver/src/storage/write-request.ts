import type { AdmissionRequest, GroupVersionKind } from '@nestor/admission';
import type { ApiObject, DeepReadonly, StrategyContext } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
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
export type Caller = Pick<Exchange, 'user' | 'warnings' | 'audit'>;

let second = 0;
let secondText = '';

/** Now, RFC 3339. A busy second asks thousands of times. */
function currentSecond(): string {
  const now = Date.now();
  if (now - second >= 1000 || now < second) {
    second = now - (now % 1000);
    secondText = rfc3339(second);
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

/** What admission is asked about. */
export interface Admitted {
  object?: ApiObject;
  old?: DeepReadonly<ApiObject>;
  /** Of the object where it is not the resource's: a Scale, an Eviction. */
  kind?: GroupVersionKind;
  /** The options where they are not those of the write. */
  options?: () => Readonly<Record<string, unknown>>;
}

export function admissionRequest(
  request: WriteRequest,
  operation: AdmissionRequest['operation'],
  { kind, options, ...objects }: Admitted,
): AdmissionRequest {
  const { definition, key } = request.served;
  return {
    operation,
    group: definition.group,
    version: definition.version,
    resource: definition.plural,
    kind: kind?.kind ?? definition.kind,
    kindVersion: kind,
    namespaced: definition.namespaced,
    subresource: request.subresource,
    namespace: key === 'namespaces' && operation !== 'CREATE' ? request.name : request.namespace,
    name: request.name,
    user: request.exchange.user,
    dryRun: request.options.dryRun,
    options: operation === 'CONNECT' ? undefined : (options ?? (() => sentOptions(operation, request.options))),
    warn: (text) => void request.exchange.warnings.add(text),
    annotate: (key, value) => request.exchange.audit?.annotate(key, value),
    ...objects,
  };
}

const sentOptions = (operation: string, { dryRun, sent }: WriteOptions): Readonly<Record<string, unknown>> => ({
  kind: operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions',
  apiVersion: 'meta.k8s.io/v1',
  ...(dryRun ? { dryRun: ['All'] } : {}),
  ...sent,
});
