import {
  active,
  all,
  available,
  byCreation,
  desired,
  maxUnavailable,
  scaleIfNeeded,
  size,
  total,
  type Rollout,
} from './rollout-state';
import { newReplicas } from './new-replica-set';

/** Kubernetes' rolling.go: one step up or one step down; the next step follows from what pods become of it. */
export function rollForward(rollout: Rollout): void {
  if (!scaleNewest(rollout)) scaleOld(rollout);
}

function scaleNewest(rollout: Rollout): boolean {
  const { newest, deployment } = rollout;
  if (!newest) return false;
  const target = size(newest) > desired(deployment) ? desired(deployment) : newReplicas(rollout, newest);
  return scaleIfNeeded(rollout, newest, target);
}

function scaleOld(rollout: Rollout): void {
  const { newest, old, deployment } = rollout;
  if (total(old) === 0) return;
  const minAvailable = desired(deployment) - maxUnavailable(deployment);
  const newestUnavailable = newest ? size(newest) - available(newest) : 0;
  const maxScaledDown = total(all(rollout)) - minAvailable - newestUnavailable;
  if (maxScaledDown <= 0) return;
  removeUnhealthy(rollout, maxScaledDown);
  removeHealthy(rollout, minAvailable);
}

/** Pods of an old template that are not available anyway go first: they never count against availability. */
function removeUnhealthy(rollout: Rollout, limit: number): void {
  let removed = 0;
  for (const set of active(rollout.old).sort(byCreation)) {
    if (removed >= limit) return;
    const count = Math.min(limit - removed, size(set) - available(set));
    if (count <= 0) continue;
    scaleIfNeeded(rollout, set, size(set) - count);
    removed += count;
  }
}

function removeHealthy(rollout: Rollout, minAvailable: number): void {
  const availablePods = all(rollout).reduce((sum, set) => sum + available(set), 0);
  let left = availablePods - minAvailable;
  for (const set of active(rollout.old).sort(byCreation)) {
    if (left <= 0) return;
    const count = Math.min(size(set), left);
    scaleIfNeeded(rollout, set, size(set) - count);
    left -= count;
  }
}
