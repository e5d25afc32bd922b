import { createHash } from 'node:crypto';
import { ApiObject, isNotFound, Lease } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import type { ResourceRegistry } from '../registry/resource-registry';
import { deleteStale } from './stale-leases';
import { ensureObject, updateOwn } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

export interface Advertised {
  address: string;
  port: number;
}

const log = createLogger('bootstrap');
const name = 'kubernetes';
const namespace = 'default';
const identityLabel = { 'apiserver.kubernetes.io/identity': 'kube-apiserver' };
export const leaseSeconds = 30;
const renewMs = 10_000;

/**
 * Keeps the Service default/kubernetes and its endpoints true. Every replica renews a Lease with its address; the
 * endpoints are the addresses of the live ones, so a replica that died leaves them within a lease's time.
 */
export class KubernetesService {
  private timer: NodeJS.Timeout | undefined;
  constructor(
    private readonly context: StorageContext,
    private readonly registry: ResourceRegistry,
    private readonly clusterIp: string,
  ) {}

  async start(self: Advertised): Promise<void> {
    await this.reconcile(self);
    this.timer = setInterval(() => {
      this.reconcile(self).catch((error: unknown) => log.warn({ error }, 'cannot publish the endpoints of the API'));
    }, renewMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async reconcile(self: Advertised): Promise<void> {
    await this.ensureService();
    await this.renew(self);
    const live = await this.liveServers(self);
    await this.put('endpoints', endpoints(live));
    await this.put('endpointslices.discovery.k8s.io', endpointSlice(live));
  }

  private async ensureService(): Promise<void> {
    const served = this.registry.byKey('services');
    if (!served) return;
    await ensureObject(this.context, served, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: {
        type: 'ClusterIP',
        clusterIP: this.clusterIp,
        ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
      },
    });
  }

  private async renew({ address, port }: Advertised): Promise<void> {
    const holder = `${address}:${port}`;
    const lease = `apiserver-${createHash('sha256').update(holder).digest('hex').slice(0, 26)}`;
    await this.put('leases.coordination.k8s.io', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: lease, namespace: 'kube-system', labels: identityLabel },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: leaseSeconds,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    });
  }

  private async liveServers(self: Advertised): Promise<Advertised[]> {
    const cache = this.context.cache.resource('leases.coordination.k8s.io');
    await cache.ready();
    const leases = cache
      .list({
        namespace: 'kube-system',
        matches: ({ labels }) => labels['apiserver.kubernetes.io/identity'] === 'kube-apiserver',
      })
      .items.map((item) => item.object() as unknown as Lease);
    const isLive = ({ spec }: Lease): boolean => Date.now() - Date.parse(spec?.renewTime ?? '') < leaseSeconds * 1000;
    await deleteStale(
      this.context,
      leases.filter((lease) => !isLive(lease)),
    );
    const holders = new Set(leases.filter(isLive).map(({ spec }) => spec?.holderIdentity ?? ''));
    holders.add(`${self.address}:${self.port}`);
    return (
      [...holders]
        .sort()
        .map((holder) => {
          const at = holder.lastIndexOf(':');
          return { address: holder.slice(0, at), port: Number(holder.slice(at + 1)) };
        })
        // An endpoint may not be a loopback address: no pod could reach it.
        .filter(({ address }) => !/^(127\.|::1$)/.test(address))
    );
  }

  private async put(key: string, object: ApiObject): Promise<void> {
    const served = this.registry.byKey(key);
    if (!served) return;
    const { namespace: scope = '', name: called = '' } = object.metadata;
    try {
      await updateOwn(this.context, served, { namespace: scope, name: called }, (current) => ({
        ...object,
        metadata: { ...current.metadata, labels: object.metadata.labels },
      }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await ensureObject(this.context, served, object);
    }
  }
}

function endpoints(live: readonly Advertised[]): ApiObject {
  const ports = [...new Set(live.map(({ port }) => port))];
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: ports.map((port) => ({
      addresses: live.filter((one) => one.port === port).map(({ address }) => ({ ip: address })),
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    })),
  };
}

/** A slice has one set of ports; replicas behind one Service share theirs, so the first one's is everybody's. */
function endpointSlice(live: readonly Advertised[]): ApiObject {
  const port = live[0]?.port ?? 6443;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: live
      .filter((one) => one.port === port)
      .map(({ address }) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
}
