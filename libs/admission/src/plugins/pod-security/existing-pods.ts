import type { DeepReadonly, Pod } from '@nestor/api';
import type { CheckedPod } from './checks/check';
import { reasonOf, shown, violationsOf, type LevelVersion } from './pod-security-policy';

/** As many pods of a namespace are looked at when its level changes, as upstream does. */
const mostChecked = 3000;

/** What to say of the pods that are there and that the new level would not let in. */
export function existingPodWarnings(
  namespace: string,
  enforce: LevelVersion,
  { pods }: { pods: readonly DeepReadonly<Pod>[] },
): string[] {
  const names = new Map<string, string[]>();
  for (const pod of pods.slice(0, mostChecked)) {
    const reason = reasonOf(violationsOf(enforce, pod as unknown as CheckedPod));
    if (reason) names.set(reason, [...(names.get(reason) ?? []), pod.metadata.name ?? '']);
  }
  const unchecked = pods.length > mostChecked;
  return [
    ...(unchecked
      ? [`new PodSecurity enforce level only checked against the first ${mostChecked} of ${pods.length} existing pods`]
      : []),
    ...(names.size > 0
      ? [`existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${shown(enforce)}"`]
      : []),
    ...[...names].map(([reason, of]) => `${first(of)}: ${reason}`).sort(),
  ];
}

function first(names: readonly string[]): string {
  const [name = ''] = [...names].sort();
  if (names.length === 1) return name;
  return names.length === 2 ? `${name} (and 1 other pod)` : `${name} (and ${names.length - 1} other pods)`;
}
