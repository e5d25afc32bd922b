import { methodNotSupported, unknownPath } from '@nestor/api';
import type { ServiceAccountTokens } from '../authentication/service-account-tokens';
import type { Handler } from '../http/dispatch';
import type { Exchange } from '../http/exchange';
import type { ResourceRegistry } from '../registry/resource-registry';
import type { ServedResource } from '../registry/served-resource';
import { getObject } from '../storage/get';
import { patchObject } from '../storage/patch';
import type { StorageContext } from '../storage/storage-context';
import { updateObject } from '../storage/update';
import { admitConnect, type ConnectKind } from './admit-connect';
import { bindPod } from './binding';
import { evictPod } from './eviction';
import { finalizeNamespace } from './finalize';
import { proxyPod, proxyService, type ProxyGuard } from './http-proxy';
import type { KubeletClient } from './kubelet-client';
import { proxyNode } from './node-proxy';
import { readPodLog } from './pod-log';
import { streamPod } from './pod-streams';
import { readScale, writeScale } from './scale';
import { issueToken } from './token-request/issue-token';

export interface SubresourceDependencies {
  storage: StorageContext;
  registry: ResourceRegistry;
  accountTokens: ServiceAccountTokens;
  kubelet: KubeletClient;
  guard: ProxyGuard;
}

type Verbs = Readonly<Record<string, (served: ServedResource, exchange: Exchange) => Promise<void>>>;

/** Subresources that are code, by resource key and name; `*` stands for every kind that declares it. */
export function subresourceHandlers(dependencies: SubresourceDependencies): Map<string, Handler> {
  const { storage, registry, accountTokens, kubelet, guard } = dependencies;
  const stored: Verbs = {
    get: (served, exchange) => getObject(storage, served, exchange),
    update: (served, exchange) => updateObject(storage, served, exchange),
    patch: (served, exchange) => patchObject(storage, served, exchange),
  };
  const stream = (kind: ConnectKind): Verbs => {
    const handler = async (served: ServedResource, exchange: Exchange): Promise<void> => {
      await admitConnect(storage, served, exchange, kind);
      await streamPod(storage, kubelet, exchange);
    };
    return { get: handler, create: handler };
  };
  const pods = registry.byKey('pods');
  const bind: Verbs = { create: (_served, exchange) => bindPod(storage, pods, exchange) };
  const scale: Verbs = {
    get: (served, exchange) => readScale(storage, served, exchange),
    update: (served, exchange) => writeScale(storage, served, exchange),
    patch: (served, exchange) => writeScale(storage, served, exchange),
  };
  const anyVerb = (kind: ConnectKind, answer: (exchange: Exchange) => Promise<void>): Verbs => {
    const handler = async (served: ServedResource, exchange: Exchange): Promise<void> => {
      await admitConnect(storage, served, exchange, kind);
      await answer(exchange);
    };
    return { get: handler, create: handler, update: handler, patch: handler, delete: handler };
  };
  const table: readonly (readonly [string, Verbs])[] = [
    ['pods/binding', bind],
    ['pods/eviction', { create: (served, exchange) => evictPod(storage, registry, served, exchange) }],
    ['pods/ephemeralcontainers', stored],
    ['pods/resize', stored],
    ['pods/log', { get: (_served, exchange) => readPodLog(storage, kubelet, exchange) }],
    ['pods/exec', stream('PodExecOptions')],
    ['pods/attach', stream('PodAttachOptions')],
    ['pods/portforward', stream('PodPortForwardOptions')],
    ['nodes/proxy', anyVerb('NodeProxyOptions', (exchange) => proxyNode(storage, { kubelet, guard }, exchange))],
    ['pods/proxy', anyVerb('PodProxyOptions', (exchange) => proxyPod(storage, guard, exchange))],
    ['services/proxy', anyVerb('ServiceProxyOptions', (exchange) => proxyService(storage, guard, exchange))],
    ['namespaces/finalize', { update: (served, exchange) => finalizeNamespace(storage, served, exchange) }],
    [
      'serviceaccounts/token',
      { create: (served, exchange) => issueToken({ storage, accountTokens }, served, exchange) },
    ],
    ['certificatesigningrequests.certificates.k8s.io/approval', stored],
    ['*/scale', scale],
  ];
  const handlers = new Map<string, Handler>(table.map(([key, verbs]) => [key, handlerOf(verbs)]));
  // The old way to bind: POST to bindings, the pod's name in the body.
  if (pods) handlers.set('bindings', (exchange) => bindPod(storage, pods, exchange));
  return handlers;
}

function handlerOf(verbs: Verbs): Handler {
  return async (exchange, served) => {
    if (!served) throw unknownPath();
    const answer = verbs[exchange.info.verb];
    if (!answer) throw methodNotSupported(served.groupResource, exchange.request.method ?? '');
    await answer(served, exchange);
  };
}
