import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { badRequest, Endpoints, notFound, Pod, Service, serviceUnavailable } from '@nestor/api';
import { guardedLookup, isOwnAddress } from '@nestor/formats';
import type { Exchange } from '../http/exchange';
import { forwardedHeaders } from '../http/forwarded-headers';
import { newestObject } from '../storage/cached-reads';
import type { StorageContext } from '../storage/storage-context';
import { relayResponse } from './relay-response';

interface Target {
  scheme: 'http' | 'https';
  name: string;
  port: string;
}

/** What proxies are kept from. */
export interface ProxyGuard {
  /** Loopback and link-local addresses are targets as others are: for tests and machines of one user. */
  allowsOwnAddresses: boolean;
}

/** "name", "name:port" or "https:name:port", as the proxy subresources are addressed (utilnet.SplitSchemeNamePort). */
export function parseTarget(kind: 'node' | 'pod' | 'service', text: string): Target {
  const parts = text.split(':');
  const [scheme = '', name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  const isGood = parts.length <= 3 && name !== '' && ['', 'http', 'https'].includes(scheme);
  if (!isGood) throw badRequest(`invalid ${kind} request ${JSON.stringify(text)}`);
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port };
}

const notAllowed = (): Error => badRequest('address not allowed');
const guarded = guardedLookup(notAllowed);

/** proxyutil.IsProxyableHostname: throws for an address; a name's are looked at as it is dialled, by what this returns. */
export function guardAddress(host: string, { allowsOwnAddresses }: ProxyGuard): LookupFunction | undefined {
  if (allowsOwnAddresses) return undefined;
  if (isOwnAddress(host)) throw notAllowed();
  return guarded;
}

/**
 * The path and query for the target. Segments that lead upwards are resolved here, so that they cannot lead past a path
 * which the target guards. A slash at the end is kept: to a server of files it is the difference of a folder to a file.
 */
export function pathOf({ info, request }: Pick<Exchange, 'info' | 'request'>): string {
  const at = (request.url ?? '').indexOf('?');
  const slash = info.path.endsWith('/') ? '/' : '';
  const { pathname } = new URL(`http://target${info.rest}${slash}`);
  return at < 0 ? pathname : pathname + (request.url ?? '').slice(at);
}

export async function proxyPod(storage: StorageContext, guard: ProxyGuard, exchange: Exchange): Promise<void> {
  const target = parseTarget('pod', exchange.info.name);
  const found = await newestObject(storage, 'pods', exchange.info.namespace, target.name);
  if (!found) throw notFound({ group: '', resource: 'pods' }, target.name);
  const { status, spec } = found.object() as Pod;
  if (!status?.podIP) throw badRequest('address not allowed');
  const port =
    target.port || String(spec?.containers[0]?.ports?.[0]?.containerPort ?? (target.scheme === 'https' ? 443 : 80));
  await forward(exchange, guard, { scheme: target.scheme, host: status.podIP, port: Number(port) });
}

export async function proxyService(storage: StorageContext, guard: ProxyGuard, exchange: Exchange): Promise<void> {
  const { namespace } = exchange.info;
  const { scheme, name, port } = parseTarget('service', exchange.info.name);
  const found = await newestObject(storage, 'services', namespace, name);
  if (!found) throw notFound({ group: '', resource: 'services' }, name);
  const { spec } = found.object() as Service;
  const wanted = spec?.ports?.find((one) => port === '' || one.name === port || String(one.port) === port);
  const endpoints = (await newestObject(storage, 'endpoints', namespace, name))?.object() as Endpoints | undefined;
  for (const subset of endpoints?.subsets ?? []) {
    const [address] = subset.addresses ?? [];
    const target = subset.ports?.find((one) => (one.name ?? '') === (wanted?.name ?? ''));
    if (address && target) {
      await forward(exchange, guard, { scheme, host: address.ip, port: target.port });
      return;
    }
  }
  throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
}

/** To a workload's own server, with no credentials of ours. */
export async function forward(
  exchange: Exchange,
  guard: ProxyGuard,
  to: { scheme: 'http' | 'https'; host: string; port: number },
): Promise<void> {
  const { request } = exchange;
  const options = {
    host: to.host,
    port: to.port,
    method: request.method,
    path: pathOf(exchange),
    headers: forwardedHeaders(request.headers),
    lookup: guardAddress(to.host, guard),
  };
  // A workload's certificate is its own affair: the cluster has no CA to judge it by.
  const upstream =
    to.scheme === 'https' ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
  request.pipe(upstream);
  await relayResponse(exchange, upstream);
}
