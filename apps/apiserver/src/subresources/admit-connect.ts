import type { ApiObject } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import { isTrue } from '../http/request-info';
import type { ServedResource } from '../registry/served-resource';
import { admitBody } from '../storage/admit-body';
import { serverRequest } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

const streams = ['stdin', 'stdout', 'stderr', 'tty'] as const;

/** What a connection asks for in its query, as the options object that admission is shown (rest.Connecter.NewConnectOptions). */
const optionsOf: Readonly<Record<string, (exchange: Exchange) => Record<string, unknown>>> = {
  PodExecOptions: ({ query }) => ({ ...streamsOf(query), command: query.getAll('command') }),
  PodAttachOptions: ({ query }) => streamsOf(query),
  PodPortForwardOptions: ({ query }) => {
    const ports = query.getAll('ports').map(Number);
    return ports.length > 0 ? { ports } : {};
  },
  PodProxyOptions: pathOf,
  ServiceProxyOptions: pathOf,
  NodeProxyOptions: pathOf,
};
export type ConnectKind = keyof typeof optionsOf;

/** Admission of exec, attach, port-forward and the proxies: CONNECT, with the options in the place of an object. */
export async function admitConnect(
  storage: StorageContext,
  served: ServedResource,
  exchange: Exchange,
  kind: ConnectKind,
): Promise<void> {
  const { namespace, name, subresource } = exchange.info;
  const place = { namespace: served.definition.namespaced ? namespace : '', name, subresource };
  const request = { ...serverRequest(served, place), exchange };
  const object = { kind, apiVersion: 'v1', ...optionsOf[kind]?.(exchange) } as unknown as ApiObject;
  await admitBody(storage, request, 'CONNECT', { object, kind: { group: '', version: 'v1', kind } });
}

function streamsOf(query: URLSearchParams): Record<string, unknown> {
  const container = query.get('container');
  return {
    ...Object.fromEntries(streams.filter((name) => isTrue(query.get(name))).map((name) => [name, true])),
    ...(container ? { container } : {}),
  };
}

function pathOf({ info: { rest } }: Exchange): Record<string, unknown> {
  return rest ? { path: rest } : {};
}
