import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
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
const identityLabel = 'apiserver.kubernetes.io/identity';
const identity = 'kube-apiserver';
const addressAnnotation = 'nestor.dev/advertise-address';
/** A Lease stays as long as upstream's; who has not renewed it for three rounds is no endpoint any more. */
const leaseSeconds = 3600;
const liveMs = 30_000;
const renewMs = 10_000;

/**
 * Keeps the Service default/kubernetes and its endpoints true. Every replica renews a Lease with its address; the
 * endpoints are the addresses of the live ones, so a replica that died leaves them within a lease's time.
 */
export class KubernetesService {
  private timer: NodeJS.Timeout | undefined;
  private readonly uuid = randomUUID();
  /** The name of this server's identity Lease, once it has one. */
  identity: string | undefined;
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
    await Promise.all([this.ensureService(), this.renew(self)]);
    const live = await this.liveServers(self);
    await Promise.all([
      this.put('endpoints', endpoints(live)),
      this.put('endpointslices.discovery.k8s.io', endpointSlice(live)),
    ]);
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

  /** Named after the host and, since one may run several servers, after where each listens. */
  private async renew(self: Advertised): Promise<void> {
    const host = hostname();
    const digest = createHash('sha256')
      .update(`${host}/${addressOf(self)}`)
      .digest('hex');
    const lease = `apiserver-${digest.slice(0, 26)}`;
    this.identity = lease;
    await this.put('leases.coordination.k8s.io', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: lease,
        namespace: 'kube-system',
        labels: { [identityLabel]: identity, 'kubernetes.io/hostname': host },
        annotations: { [addressAnnotation]: addressOf(self) },
      },
      spec: {
        holderIdentity: `${lease}_${this.uuid}`,
        leaseDurationSeconds: leaseSeconds,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    });
  }

  private async liveServers(self: Advertised): Promise<Advertised[]> {
    const served = this.registry.byKey('leases.coordination.k8s.io')!;
    const cache = this.context.cache.resource(served.key);
    await cache.ready();
    const leases = cache
      .list({ namespace: 'kube-system', matches: ({ labels }) => labels[identityLabel] === identity })
      .items.map((item) => item.object() as unknown as Lease);
    const age = ({ spec }: Lease): number => Date.now() - Date.parse(spec?.renewTime ?? '');
    const isOver = (lease: Lease): boolean => !(age(lease) < (lease.spec?.leaseDurationSeconds ?? 0) * 1000);
    await deleteStale(this.context, served, leases.filter(isOver));
    const live = leases.filter((lease) => age(lease) < liveMs);
    const addresses = new Set(live.flatMap(({ metadata }) => metadata.annotations?.[addressAnnotation] ?? []));
    addresses.add(addressOf(self));
    return (
      [...addresses]
        .sort()
        .map((address) => {
          const at = address.lastIndexOf(':');
          return { address: address.slice(0, at), port: Number(address.slice(at + 1)) };
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
        metadata: { ...current.metadata, labels: object.metadata.labels, annotations: object.metadata.annotations },
      }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await ensureObject(this.context, served, object);
    }
  }
}

const addressOf = ({ address, port }: Advertised): string => `${address}:${port}`;

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
