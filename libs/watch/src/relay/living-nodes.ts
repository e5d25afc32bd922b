import { nodeLeaseNamespace } from '@nestor/api';
import type { ChangeSource, SourceChange } from '../change-source';

const leases = 'leases.coordination.k8s.io';

/** Nodes whose kubelets are there to listen: those that have a lease. */
export class LivingNodes {
  private readonly names = new Set<string>();

  async load(source: Pick<ChangeSource, 'snapshot'>): Promise<void> {
    const { objects } = await source.snapshot(leases);
    for (const { namespace, name } of objects) if (namespace === nodeLeaseNamespace) this.names.add(name);
  }

  has(node: string): boolean {
    return this.names.has(node);
  }

  /** The node whose heartbeat the change is, where it is one. */
  note({ resource, namespace, name, type }: SourceChange): string | undefined {
    if (resource !== leases || namespace !== nodeLeaseNamespace) return undefined;
    if (type === 'DELETED') this.names.delete(name);
    else this.names.add(name);
    return name;
  }
}
