import { reclaimAnnotation, volumesToReclaim, type DeepReadonly, type Node } from '@nestor/api';
import type { ResourceClient } from '@nestor/client';
import { createLogger } from '@nestor/telemetry';
import type { VolumeDirectories } from './volume-directories';

const log = createLogger('node-local-volumes');

/** Removes what the Node asks to remove, and says so by taking the request away. Level triggered: any look will do. */
export async function reclaimDirectories(
  node: DeepReadonly<Node>,
  directories: VolumeDirectories,
  nodes: Pick<ResourceClient<Node>, 'patch'>,
): Promise<void> {
  const done: Record<string, null> = {};
  for (const name of volumesToReclaim(node.metadata.annotations)) {
    try {
      directories.remove(name);
      done[reclaimAnnotation(name)] = null;
      log.info({ object: name }, 'volume directory removed');
    } catch (error) {
      log.warn({ object: name, error: (error as Error).message }, 'volume directory not removed');
    }
  }
  if (Object.keys(done).length === 0) return;
  await nodes.patch(node.metadata.name ?? '', undefined, 'merge', { metadata: { annotations: done } });
}
