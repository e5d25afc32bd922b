import type { Exchange } from '../http/exchange';
import { forwardedHeaders } from '../http/forwarded-headers';
import type { StorageContext } from '../storage/storage-context';
import type { KubeletClient } from './kubelet-client';
import { relayResponse } from './relay-response';

/** Any path of a node's kubelet: /api/v1/nodes/<name>/proxy/<path>. */
export async function proxyNode(storage: StorageContext, kubelet: KubeletClient, exchange: Exchange): Promise<void> {
  const { info, request } = exchange;
  // A port may follow the name: nodes/name:10250/proxy.
  const [name = '', port] = info.name.split(':');
  const address = await kubelet.locate(storage, name);
  const at = (request.url ?? '').indexOf('?');
  const search = at < 0 ? '' : (request.url ?? '').slice(at);
  const upstream = kubelet.request(port ? { ...address, port: Number(port) } : address, {
    method: request.method,
    path: `${info.rest || '/'}${search}`,
    headers: forwardedHeaders(request.headers),
  });
  request.pipe(upstream);
  await relayResponse(exchange, upstream);
}
