import type { DeepReadonly, Pod } from '@nestor/api';

/** Why a volume that another node has cannot come to this pod's node (reportMultiAttachError). */
export function multiAttachMessage(
  volumeName: string,
  pod: DeepReadonly<Pod>,
  users: readonly DeepReadonly<Pod>[],
): string {
  const { namespace } = pod.metadata;
  const own = users.filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name);
  const others = users.length - own.length;
  const elsewhere = `${others} pod(s) in different namespaces`;
  const named = `pod(s) ${own.sort().join(', ')}`;
  const by =
    users.length === 0
      ? "Volume is already exclusively attached to one node and can't be attached to another"
      : `Volume is already used by ${own.length === 0 ? elsewhere : others > 0 ? `${named} and ${elsewhere}` : named}`;
  return `Multi-Attach error for volume "${volumeName}" ${by}`;
}
