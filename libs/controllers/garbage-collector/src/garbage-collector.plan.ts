import type { DeepReadonly, OwnerReference } from '@nestor/api';
import {
  foregroundFinalizer,
  isOrphaning,
  orphanFinalizer,
  waitsForDependents,
  type GraphNode,
} from './ownership-graph';

type Owner = DeepReadonly<OwnerReference>;
export type OwnerState = 'solid' | 'dangling' | 'waiting';

export type Action =
  | { kind: 'none' }
  | { kind: 'orphanDependents'; dependents: GraphNode[] }
  | { kind: 'removeFinalizer'; finalizer: string }
  | { kind: 'awaitDependents'; dependents: GraphNode[] }
  | { kind: 'dropOwners'; uids: string[] }
  | { kind: 'delete'; propagation: 'Background' | 'Foreground' | 'Orphan'; unblock: boolean };

/** garbagecollector.go's attemptToDelete and attemptToOrphan, as a decision. */
export function planCollection(
  node: GraphNode,
  dependents: readonly GraphNode[],
  stateOf: (owner: Owner) => OwnerState,
): Action {
  if (isOrphaning(node)) return orphan(node, dependents);
  if (waitsForDependents(node)) return awaitDependents(node, dependents);
  if (node.isDeleting || node.owners.length === 0) return { kind: 'none' };
  const states = node.owners.map((owner) => ({ owner, state: stateOf(owner) }));
  const gone = states.filter(({ state }) => state !== 'solid').map(({ owner }) => owner.uid);
  if (gone.length === 0) return { kind: 'none' };
  if (gone.length < states.length) return { kind: 'dropOwners', uids: gone };
  const isWaitedFor = states.some(({ state }) => state === 'waiting');
  if (isWaitedFor && dependents.length > 0) {
    // An owner waits for us and something of ours waits as well: in a circle nobody would ever go first.
    return { kind: 'delete', propagation: 'Foreground', unblock: dependents.some(waitsForDependents) };
  }
  return { kind: 'delete', propagation: propagationOf(node), unblock: false };
}

function orphan(node: GraphNode, dependents: readonly GraphNode[]): Action {
  const owned = dependents.filter((dependent) => dependent.owners.some((owner) => owner.uid === node.uid));
  return owned.length
    ? { kind: 'orphanDependents', dependents: owned }
    : { kind: 'removeFinalizer', finalizer: orphanFinalizer };
}

function awaitDependents(node: GraphNode, dependents: readonly GraphNode[]): Action {
  const blocking = dependents.filter((dependent) =>
    dependent.owners.some((owner) => owner.uid === node.uid && owner.blockOwnerDeletion),
  );
  return blocking.length
    ? { kind: 'awaitDependents', dependents: blocking }
    : { kind: 'removeFinalizer', finalizer: foregroundFinalizer };
}

function propagationOf({ finalizers }: GraphNode): 'Background' | 'Foreground' | 'Orphan' {
  if (finalizers.includes(orphanFinalizer)) return 'Orphan';
  return finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background';
}
