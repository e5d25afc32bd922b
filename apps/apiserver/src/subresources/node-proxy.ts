import type { Exchange } from '../http/exchange';
import { forwardedHeaders } from '../http/forwarded-headers';
import type { StorageContext } from '../storage/storage-context';
import { forward, guardAddress, parseTarget, pathOf, type ProxyGuard } from './http-proxy';
import type { KubeletClient } from './kubelet-client';
import { relayResponse } from './relay-response';

/**
 * Any path of a node's kubelet: /api/v1/nodes/<name>/proxy/<path>. Another port of the node, "name:port", is somebody
 * else's server, which never sees the certificate that kubelets are shown.
 */
export async function proxyNode(
  storage: StorageContext,
  { kubelet, guard }: { kubelet: KubeletClient; guard: ProxyGuard },
  exchange: Exchange,
): Promise<void> {
  const { info, request } = exchange;
  const { scheme, name, port } = parseTarget('node', info.name);
  const address = await kubelet.locate(storage, name);
  if (port && Number(port) !== address.port)
    return forward(exchange, guard, { scheme, host: address.host, port: Number(port) });
  const upstream = kubelet.request(address, {
    method: request.method,
    path: pathOf(exchange),
    headers: forwardedHeaders(request.headers),
    lookup: guardAddress(address.host, guard),
  });
  request.pipe(upstream);
  await relayResponse(exchange, upstream);
}
