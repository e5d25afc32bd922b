import { reasonOf, type DeepReadonly, type Lease, type Pod } from '@nestor/api';
import { InformerFactory, KubernetesClient, pause, refs } from '@nestor/client';

/**
 * Does through the API what a scheduler and a kubelet would: binds every pod to a node, reports it ready with an
 * address, and lets it go when it is deleted. Images that contain "broken" never become ready. Pods that need not run
 * for ever end at once when their command has an exit in it.
 */
export class SimulatedNode {
  private readonly informers: InformerFactory;
  private readonly pending = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private addresses = 0;

  constructor(
    private readonly client: KubernetesClient,
    private readonly name: string,
  ) {
    this.informers = new InformerFactory({ transport: client.transport });
  }

  /** Makes the Node and keeps its lease, for tests of what looks at nodes. */
  async register(): Promise<void> {
    const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: at, lastTransitionTime: at }];
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: this.name }, status: { conditions } };
    await this.client.resource(refs.nodes).create(node);
    const leases = this.client.resource(refs.leases);
    const metadata = { name: this.name, namespace: 'kube-node-lease' };
    await leases.create({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: renewed(this.name) });
    const renew = async (): Promise<void> => {
      while (!this.stopping.signal.aborted) {
        await pause(5000, this.stopping.signal);
        await leases.patch(this.name, metadata.namespace, 'merge', { spec: renewed(this.name) }).catch(() => undefined);
      }
    };
    this.pending.add(renew().catch(() => undefined));
  }

  async start(): Promise<void> {
    const informer = this.informers.informer(refs.pods);
    informer.addHandlers({
      added: (pod) => this.handle(pod),
      updated: (pod) => this.handle(pod),
    });
    await informer.start();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.informers.stop();
    await Promise.allSettled([...this.pending]);
  }

  private handle(pod: DeepReadonly<Pod>): void {
    const work = this.driveUntilDone(pod);
    this.pending.add(work);
    void work.finally(() => this.pending.delete(work));
  }

  /** A conflict is with a newer state, whose own event comes next; a server that is away is waited for. */
  private async driveUntilDone(pod: DeepReadonly<Pod>): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        return await this.drive(pod);
      } catch (error) {
        if (reasonOf(error) !== 'ServiceUnavailable') return;
        await pause(200, this.stopping.signal);
      }
    }
  }

  private async drive(pod: DeepReadonly<Pod>): Promise<void> {
    const { name = '', namespace, uid, deletionTimestamp } = pod.metadata;
    const pods = this.client.resource(refs.pods);
    if (deletionTimestamp) return pods.delete(name, namespace, { uid, gracePeriodSeconds: 0 });
    if (!pod.spec?.nodeName) {
      const target = { apiVersion: 'v1', kind: 'Node', name: pinnedNode(pod) ?? this.name };
      await pods.createSubresource(name, namespace, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace },
        target,
      });
    } else if (pod.status?.phase === 'Pending' && !isBroken(pod)) {
      const ip = `10.244.${this.addresses >> 8}.${(this.addresses++ & 255) + 1}`;
      const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
      const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: 'True',
        lastTransitionTime: at,
      }));
      const status = { ...pod.status, phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions, startTime: at };
      await pods.updateStatus({ ...(pod as Pod), status: status as Pod['status'] });
    } else if (pod.status?.phase === 'Running' && exitCodeOf(pod) !== undefined) {
      await pods.updateStatus({ ...(pod as Pod), status: endedStatus(pod, exitCodeOf(pod) ?? 0) });
    }
  }
}

/** The node that a daemon pod's affinity names. */
function pinnedNode({ spec }: DeepReadonly<Pod>): string | undefined {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.[0]?.matchFields?.[0]?.values?.[0];
}

function isBroken(pod: DeepReadonly<Pod>): boolean {
  return pod.spec!.containers.some((container) => container.image?.includes('broken'));
}

function exitCodeOf({ spec }: DeepReadonly<Pod>): number | undefined {
  if (spec?.restartPolicy === 'Always') return undefined;
  const code = /\bexit (\d+)/.exec(spec?.containers[0]?.command?.join(' ') ?? '')?.[1];
  return code === undefined ? undefined : Number(code);
}

function endedStatus({ spec, status }: DeepReadonly<Pod>, exitCode: number): Pod['status'] {
  const finishedAt = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const containerStatuses = (spec?.containers ?? []).map(({ name, image = '' }) => ({
    name,
    image,
    imageID: '',
    ready: false,
    restartCount: 0,
    state: { terminated: { exitCode, finishedAt, reason: exitCode === 0 ? 'Completed' : 'Error' } },
  }));
  const conditions = status?.conditions?.map((one) => (one.type === 'Ready' ? { ...one, status: 'False' } : one));
  return {
    ...(status as Pod['status']),
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    conditions,
    containerStatuses,
  };
}

const renewed = (holderIdentity: string): NonNullable<Lease['spec']> => ({
  holderIdentity,
  leaseDurationSeconds: 40,
  renewTime: new Date().toISOString().replace('Z', '000Z'),
});
