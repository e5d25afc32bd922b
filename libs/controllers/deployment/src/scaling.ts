import {
  active,
  all,
  available,
  byCreation,
  desired,
  desiredReplicasAnnotation,
  isRolling,
  maxReplicasAnnotation,
  maxSurge,
  scaleIfNeeded,
  scaleTo,
  size,
  total,
  type Rollout,
  type Working,
} from './rollout-state';

/** True when spec.replicas changed since the ReplicaSets were sized. */
export function isScalingEvent(rollout: Rollout): boolean {
  return active(all(rollout)).some((set) => {
    const annotated = set.next.metadata.annotations?.[desiredReplicasAnnotation];
    return annotated !== undefined && Number(annotated) !== desired(rollout.deployment);
  });
}

/** sync.go's scale: one active set takes it all; in the middle of a rollout each takes its share. */
export function scale(rollout: Rollout): void {
  const only = activeOrLatest(rollout);
  if (only) {
    scaleIfNeeded(rollout, only, desired(rollout.deployment));
  } else if (isSaturated(rollout)) {
    for (const set of active(rollout.old)) scaleIfNeeded(rollout, set, 0);
  } else if (isRolling(rollout.deployment)) {
    scaleProportionally(rollout);
  }
}

function activeOrLatest(rollout: Rollout): Working | undefined {
  const running = active(all(rollout));
  if (running.length > 1) return undefined;
  return running[0] ?? rollout.newest ?? [...rollout.old].sort(byCreation).at(-1);
}

function isSaturated({ deployment, newest }: Rollout): boolean {
  if (!newest) return false;
  const wanted = desired(deployment);
  const annotated = Number(newest.next.metadata.annotations?.[desiredReplicasAnnotation]);
  return size(newest) === wanted && annotated === wanted && available(newest) === wanted;
}

function scaleProportionally(rollout: Rollout): void {
  const { deployment } = rollout;
  const sets = active(all(rollout));
  const allowed = desired(deployment) > 0 ? desired(deployment) + maxSurge(deployment) : 0;
  const toAdd = allowed - total(sets);
  // The largest first; of equals the newest grows and the oldest shrinks.
  sets.sort((a, b) => size(b) - size(a) || (toAdd > 0 ? byCreation(b, a) : byCreation(a, b)));
  let added = 0;
  const sizes = sets.map((set) => {
    const share = proportion(rollout, set, { toAdd, added });
    added += share;
    return size(set) + share;
  });
  sets.forEach((set, index) => {
    // What rounding left over goes to the largest.
    const leftover = index === 0 ? toAdd - added : 0;
    scaleTo(rollout, set, Math.max(0, (sizes[index] ?? 0) + leftover));
  });
}

function proportion(rollout: Rollout, set: Working, { toAdd, added }: { toAdd: number; added: number }): number {
  if (size(set) === 0 || toAdd === 0 || toAdd === added) return 0;
  const share = fraction(rollout, set);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

function fraction({ deployment }: Rollout, set: Working): number {
  if (desired(deployment) === 0) return -size(set);
  const before = Number(set.next.metadata.annotations?.[maxReplicasAnnotation] ?? deployment.status?.replicas ?? 0);
  if (!before) return 0;
  const after = desired(deployment) + maxSurge(deployment);
  return Math.round((size(set) * after) / before) - size(set);
}
