import { DeepReadonly, PodGroup, isNotFound } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import type { ResourceClient } from '@nestor/client';
import { PodGroupResult, podGroupCondition } from '@nestor/scheduling';
import type { Logger } from '@nestor/telemetry';

/** Writes what became of pod groups into their status, one write of a group after the other. */
export class PodGroupStatus {
  /** Groups with a write under way, with the status that it leaves: the informer may be behind. */
  private readonly writes = new Map<string, { status: PodGroup['status']; ended: Promise<void> }>();

  constructor(
    private readonly podGroups: ResourceClient<PodGroup>,
    private readonly log: Logger,
  ) {}

  tell(seen: DeepReadonly<PodGroup>, result: PodGroupResult): void {
    const uid = seen.metadata.uid ?? '';
    const earlier = this.writes.get(uid);
    const group = earlier ? { ...seen, status: earlier.status } : seen;
    const condition = podGroupCondition(group, result, rfc3339());
    if (!condition) return;
    const write = {
      status: { ...seen.status, conditions: [condition] } as PodGroup['status'],
      ended: (earlier?.ended ?? Promise.resolve()).then(() => this.patch(seen, { conditions: [condition] })),
    };
    this.writes.set(uid, write);
    void write.ended.then(() => this.writes.get(uid) === write && this.writes.delete(uid));
  }

  private async patch({ metadata }: DeepReadonly<PodGroup>, status: object): Promise<void> {
    const { name = '', namespace, uid } = metadata;
    try {
      await this.podGroups.patch(
        name,
        namespace,
        'strategic',
        { metadata: { uid }, status },
        { subresource: 'status' },
      );
    } catch (error) {
      // Written again after the next cycle of the group; one that is gone needs none.
      if (!isNotFound(error))
        this.log.warn({ object: `${namespace}/${name}`, error }, 'could not write the status of a pod group');
    }
  }
}
