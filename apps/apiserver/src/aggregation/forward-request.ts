import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { endIdleConnections } from '@nestor/connection';
import type { Exchange } from '../http/exchange';
import { forwardedHeaders, isHopByHop } from '../http/forwarded-headers';
import { sendRaw } from '../http/respond';
import { joinUpgraded } from '../subresources/pod-streams';
import { proxyUserHeaders } from './proxy-user-headers';
import type { RemoteApi } from './remote-api';
import type { Location } from './service-location';

/** What only a proxy may say never goes on from a client. */
const isClients = (name: string): boolean => !/^(x-remote-|impersonate-)/.test(name);

/** A request that may be sent again: it changes nothing and nothing of it has been read. */
const isRepeatable = ({ request, upgrade }: Exchange): boolean =>
  !upgrade &&
  (request.method === 'GET' || request.method === 'HEAD') &&
  request.headers['content-length'] === undefined &&
  request.headers['transfer-encoding'] === undefined;

/** Sends a request on to the server of its group and version, as its caller, and the answer back as it comes. */
export async function forwardRequest(api: RemoteApi, to: Location, exchange: Exchange): Promise<void> {
  const isAnswered = await attempt(api, to, exchange);
  if (isAnswered) return;
  // The server had closed a connection that was kept for it: the others are as old.
  endIdleConnections(api.agent);
  await attempt(api, to, exchange);
}

/** False where the connection was gone before the request and it may be sent again. */
function attempt(api: RemoteApi, to: Location, exchange: Exchange): Promise<boolean> {
  const { request, user, upgrade } = exchange;
  const upstream = httpsRequest({
    host: to.host,
    port: to.port,
    method: request.method,
    path: request.url,
    agent: api.agent,
    headers: {
      ...forwardedHeaders(request.headers, isClients),
      ...(upgrade ? { connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' } : {}),
      ...proxyUserHeaders(user),
    },
  });
  const answered = answer(exchange, upstream);
  if (upgrade || isRepeatable(exchange)) upstream.end();
  else request.pipe(upstream);
  return answered;
}

function answer(exchange: Exchange, upstream: ClientRequest): Promise<boolean> {
  const { response } = exchange;
  response.on('close', () => upstream.destroy());
  return new Promise((resolve) => {
    upstream.on('error', (error) => {
      const isStale = upstream.reusedSocket && isRepeatable(exchange) && !response.headersSent && !response.destroyed;
      if (isStale) {
        resolve(false);
        return;
      }
      if (response.headersSent || response.destroyed) response.destroy();
      else sendText(exchange, 503, `error trying to reach service: ${error.message}`);
      resolve(true);
    });
    upstream.on('upgrade', (upgraded: IncomingMessage, socket: Duplex, head: Buffer) => {
      joinUpgraded(exchange, { answer: upgraded, socket, head });
      resolve(true);
    });
    upstream.on('response', (received: IncomingMessage) => {
      relay(exchange, received);
      received.on('close', () => resolve(true));
    });
  });
}

function relay(exchange: Exchange, received: IncomingMessage): void {
  const { response } = exchange;
  const code = received.statusCode ?? 502;
  // A redirect would make the client, with its credentials, call whom the backend likes.
  if (code >= 300 && code <= 399 && code !== 304 && received.headers.location !== undefined) {
    received.resume();
    sendText(exchange, 502, 'the backend attempted to redirect this request, which is not permitted');
    return;
  }
  for (const [name, value] of Object.entries(received.headers)) {
    if (value !== undefined && !isHopByHop(name)) response.setHeader(name, value);
  }
  response.writeHead(code);
  response.flushHeaders();
  received.pipe(response);
  received.on('error', () => response.destroy());
}

/** Go's http.Error: a line of text, no Status. */
export function sendText(exchange: Exchange, code: number, text: string): void {
  sendRaw(exchange, code, 'text/plain; charset=utf-8', Buffer.from(`${text}\n`), {
    'X-Content-Type-Options': 'nosniff',
  });
}
