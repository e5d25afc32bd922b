import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { badRequest, field, invalid, serviceUnavailable } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import { isTrue } from '../http/request-info';
import type { StorageContext } from '../storage/storage-context';
import type { KubeletClient } from './kubelet-client';
import { containerOf, podOf } from './pod-target';
import { relayResponse } from './relay-response';

/** What the API calls a stream and what the kubelet does. */
const streams = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;
const paths: Readonly<Record<string, string>> = { exec: 'exec', attach: 'attach', portforward: 'portForward' };

/** exec, attach and port-forward: the connection is handed through to the kubelet, byte by byte, whatever protocol it switches to. */
export async function streamPod(storage: StorageContext, kubelet: KubeletClient, exchange: Exchange): Promise<void> {
  const { info, query, upgrade, request } = exchange;
  const pod = await podOf(storage, exchange);
  const isForward = info.subresource === 'portforward';
  const container = isForward ? '' : containerOf(pod, query.get('container') ?? '');
  if (info.subresource === 'exec' && !query.has('command')) {
    throw invalid({ group: '', kind: 'PodExecOptions' }, info.name, [field.required('command', '')]);
  }
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) throw badRequest(`pod ${info.name} does not have a host assigned`);
  if (!upgrade) throw badRequest('Upgrade request required');
  const address = await kubelet.locate(storage, nodeName);
  const segments = [paths[info.subresource] ?? '', info.namespace, info.name, ...(isForward ? [] : [container])];
  const path = `/${segments.map(encodeURIComponent).join('/')}?${kubeletQuery(query, isForward)}`;
  const { host: _host, authorization: _token, ...headers } = request.headers;
  const upstream = kubelet.request(address, { method: request.method ?? 'GET', path, headers });
  const refused = relayResponse(exchange, upstream);
  const switched = new Promise<void>((resolve) => {
    upstream.on('upgrade', (answer: IncomingMessage, socket: Duplex, head: Buffer) => {
      joinUpgraded(exchange, { answer, socket, head });
      resolve();
    });
  });
  upstream.end();
  await Promise.race([refused, switched]);
}

function kubeletQuery(query: URLSearchParams, isForward: boolean): URLSearchParams {
  const parameters = new URLSearchParams();
  if (isForward) {
    for (const port of query.getAll('ports')) parameters.append('port', port);
    return parameters;
  }
  for (const command of query.getAll('command')) parameters.append('command', command);
  for (const [name, stream] of Object.entries(streams)) if (isTrue(query.get(name))) parameters.set(stream, '1');
  return parameters;
}

/** Tells the client that the protocol is switched and joins the two connections for good. */
export function joinUpgraded(
  { upgrade, audit }: Exchange,
  { answer, socket, head }: { answer: IncomingMessage; socket: Duplex; head: Buffer },
): void {
  if (!upgrade) throw serviceUnavailable('the connection is gone');
  const client = upgrade.socket;
  audit?.started(101);
  const lines = [`HTTP/1.1 101 ${answer.statusMessage ?? 'Switching Protocols'}`];
  for (let at = 0; at < answer.rawHeaders.length; at += 2)
    lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`);
  client.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) client.write(head);
  if (upgrade.head.length > 0) socket.write(upgrade.head);
  client.pipe(socket);
  socket.pipe(client);
  for (const [from, to] of [
    [client, socket],
    [socket, client],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}
