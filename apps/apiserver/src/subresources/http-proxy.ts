import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { badRequest, Endpoints, notFound, Pod, Service, serviceUnavailable } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import { forwardedHeaders } from '../http/forwarded-headers';
import { currentObject } from '../storage/cached-reads';
import type { StorageContext } from '../storage/storage-context';
import { relayResponse } from './relay-response';

interface Target {
  scheme: 'http' | 'https';
  name: string;
  port: string;
}

/** "name", "name:port" or "https:name:port", as the proxy subresources are addressed. */
export function parseTarget(text: string): Target {
  const parts = text.split(':');
  if (parts.length === 3)
    return { scheme: parts[0] === 'https' ? 'https' : 'http', name: parts[1] ?? '', port: parts[2] ?? '' };
  return { scheme: 'http', name: parts[0] ?? '', port: parts[1] ?? '' };
}

export async function proxyPod(storage: StorageContext, exchange: Exchange): Promise<void> {
  const target = parseTarget(exchange.info.name);
  const found = await currentObject(storage, 'pods', exchange.info.namespace, target.name);
  if (!found) throw notFound({ group: '', resource: 'pods' }, target.name);
  const { status, spec } = found.object() as Pod;
  if (!status?.podIP) throw badRequest('address not allowed');
  const port =
    target.port || String(spec?.containers[0]?.ports?.[0]?.containerPort ?? (target.scheme === 'https' ? 443 : 80));
  await forward(exchange, { scheme: target.scheme, host: status.podIP, port: Number(port) });
}

export async function proxyService(storage: StorageContext, exchange: Exchange): Promise<void> {
  const { namespace } = exchange.info;
  const { scheme, name, port } = parseTarget(exchange.info.name);
  const found = await currentObject(storage, 'services', namespace, name);
  if (!found) throw notFound({ group: '', resource: 'services' }, name);
  const { spec } = found.object() as Service;
  const wanted = spec?.ports?.find((one) => port === '' || one.name === port || String(one.port) === port);
  const endpoints = (await currentObject(storage, 'endpoints', namespace, name))?.object() as Endpoints | undefined;
  for (const subset of endpoints?.subsets ?? []) {
    const [address] = subset.addresses ?? [];
    const target = subset.ports?.find((one) => (one.name ?? '') === (wanted?.name ?? ''));
    if (address && target) {
      await forward(exchange, { scheme, host: address.ip, port: target.port });
      return;
    }
  }
  throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
}

async function forward(
  exchange: Exchange,
  to: { scheme: 'http' | 'https'; host: string; port: number },
): Promise<void> {
  const { request, info } = exchange;
  const at = (request.url ?? '').indexOf('?');
  const search = at < 0 ? '' : (request.url ?? '').slice(at);
  const options = {
    host: to.host,
    port: to.port,
    method: request.method,
    path: `${info.rest || '/'}${search}`,
    headers: forwardedHeaders(request.headers),
  };
  // A workload's certificate is its own affair: the cluster has no CA to judge it by.
  const upstream =
    to.scheme === 'https' ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
  request.pipe(upstream);
  await relayResponse(exchange, upstream);
}
