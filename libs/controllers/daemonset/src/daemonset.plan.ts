import { isPodActive, isPodReady, untilAvailable } from '@nestor/controller-kit';
import { hashOf, nodeOf, type ObservedDaemonSet, type ObservedPod } from './daemon-pod';
import { eligibility, type ObservedNode } from './node-eligibility';

export interface Observed {
  set: ObservedDaemonSet;
  nodes: readonly ObservedNode[];
  pods: readonly ObservedPod[];
  /** Hash of the revision that is to run. */
  hash: string;
  now: number;
}

export interface Plan {
  /** Nodes that need a pod. */
  create: string[];
  remove: ObservedPod[];
  /** Pods that ended and are taken away to be made again. */
  ended: { pod: ObservedPod; node: string; phase: 'Failed' | 'Succeeded' }[];
}

/** Pods by the node they are on or meant for; pods without one come under ''. */
export function podsByNode(pods: readonly ObservedPod[]): Map<string, ObservedPod[]> {
  const found = new Map<string, ObservedPod[]>();
  for (const pod of pods) {
    const node = nodeOf(pod) ?? '';
    const there = found.get(node);
    if (there) there.push(pod);
    else found.set(node, [pod]);
  }
  return found;
}

const minReady = (set: ObservedDaemonSet): number => set.spec?.minReadySeconds ?? 0;
export const isAvailable = (set: ObservedDaemonSet, pod: ObservedPod, now: number): boolean =>
  isPodReady(pod) && untilAvailable(pod, minReady(set), now) === 0;

/** Which nodes lack a pod and which pods are one too many (podsShouldBeOnNode). */
export function planPods(observed: Observed): Plan {
  const { set, nodes, pods } = observed;
  const plan: Plan = { create: [], remove: [], ended: [] };
  const byNode = podsByNode(pods);
  const known = new Set<string>();
  for (const node of nodes) {
    const name = node.metadata.name ?? '';
    known.add(name);
    planNode(observed, node, byNode.get(name) ?? [], plan);
  }
  // Pods that wait for a node that is gone will never run; those that ran there are the pod garbage collector's.
  for (const pod of pods)
    if (!pod.spec?.nodeName && !pod.metadata.deletionTimestamp && !known.has(nodeOf(pod) ?? '')) plan.remove.push(pod);
  return set.metadata.deletionTimestamp ? { create: [], remove: [], ended: [] } : plan;
}

function planNode(observed: Observed, node: ObservedNode, pods: readonly ObservedPod[], plan: Plan): void {
  const name = node.metadata.name ?? '';
  const { run, stay } = eligibility(observed.set.spec?.template ?? {}, node);
  if (!stay) return void plan.remove.push(...pods.filter((pod) => !pod.metadata.deletionTimestamp));
  if (pods.length === 0) {
    if (run) plan.create.push(name);
    return;
  }
  const running: ObservedPod[] = [];
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp) continue;
    const { phase } = pod.status ?? {};
    if (phase === 'Failed' || phase === 'Succeeded') plan.ended.push({ pod, node: name, phase });
    else running.push(pod);
  }
  if (maxSurge(observed.set, 1) > 0) planSurged(observed, running, pods, name, plan);
  else plan.remove.push(...running.sort(byAge).slice(1));
}

/** While surging a node may have an old pod that runs and a new one that is not available yet. */
function planSurged(
  { set, hash, now }: Observed,
  running: readonly ObservedPod[],
  all: readonly ObservedPod[],
  node: string,
  plan: Plan,
): void {
  const oldPods = running.filter((pod) => hashOf(pod) !== hash).sort(byAge);
  const newPods = running.filter((pod) => hashOf(pod) === hash).sort(byAge);
  plan.remove.push(...oldPods.slice(1), ...newPods.slice(1));
  const [old] = oldPods;
  const [current] = newPods;
  if (old && current && isAvailable(set, current, now)) plan.remove.push(old);
  // The old pod is going and nothing stands in for it yet.
  if (
    !old &&
    !current &&
    all.every(({ metadata }) => metadata.deletionTimestamp) &&
    all.some((pod) => hashOf(pod) !== hash)
  )
    plan.create.push(node);
}

function byAge(a: ObservedPod, b: ObservedPod): number {
  return (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1;
}

function scaled(value: string | number | undefined, desired: number): number {
  if (typeof value === 'string') return Math.ceil((desired * parseInt(value, 10)) / 100);
  return value ?? 0;
}
export function maxSurge({ spec }: ObservedDaemonSet, desired: number): number {
  if (spec?.updateStrategy?.type !== 'RollingUpdate') return 0;
  return scaled(spec.updateStrategy.rollingUpdate?.maxSurge, desired);
}

/** Which old pods to delete, and with surge on which nodes to put new pods beside them. */
export function planRollingUpdate(observed: Observed): { create: string[]; remove: ObservedPod[] } {
  const { set, nodes, pods } = observed;
  if (set.spec?.updateStrategy?.type !== 'RollingUpdate' || set.metadata.deletionTimestamp)
    return { create: [], remove: [] };
  const byNode = podsByNode(pods);
  const wanted = nodes.filter((node) => eligibility(set.spec?.template ?? {}, node).run);
  const surge = maxSurge(set, wanted.length);
  const unavailable = scaled(set.spec.updateStrategy.rollingUpdate?.maxUnavailable, wanted.length);
  const onNode = wanted.map(({ metadata }) => ({
    node: metadata.name ?? '',
    pods: (byNode.get(metadata.name ?? '') ?? []).filter(isPodActive),
  }));
  return surge > 0 ? planWithSurge(observed, onNode, surge) : planInPlace(observed, onNode, unavailable);
}

interface OnNode {
  node: string;
  pods: readonly ObservedPod[];
}

function planInPlace(
  { set, hash, now }: Observed,
  onNode: readonly OnNode[],
  most: number,
): { create: string[]; remove: ObservedPod[] } {
  let unavailable = 0;
  const broken: ObservedPod[] = [];
  const candidates: ObservedPod[] = [];
  for (const { pods } of onNode) {
    const current = pods.find((pod) => hashOf(pod) === hash);
    const old = pods.find((pod) => hashOf(pod) !== hash);
    if (current ? !isAvailable(set, current, now) : !old || !isAvailable(set, old, now)) unavailable++;
    if (!old || current) continue;
    // One that does not run anyway may go at no cost.
    if (isAvailable(set, old, now)) candidates.push(old);
    else broken.push(old);
  }
  return { create: [], remove: [...broken, ...candidates.slice(0, Math.max(0, most - unavailable))] };
}

function planWithSurge(
  { set, hash, now }: Observed,
  onNode: readonly OnNode[],
  most: number,
): { create: string[]; remove: ObservedPod[] } {
  const create: string[] = [];
  const candidates: string[] = [];
  const remove: ObservedPod[] = [];
  let surging = 0;
  for (const { node, pods } of onNode) {
    const current = pods.find((pod) => hashOf(pod) === hash);
    const old = pods.find((pod) => hashOf(pod) !== hash);
    if (!old) continue;
    if (current) {
      if (isAvailable(set, current, now)) remove.push(old);
      else surging++;
    } else if (isAvailable(set, old, now)) candidates.push(node);
    else create.push(node);
  }
  return { create: [...create, ...candidates.slice(0, Math.max(0, most - surging - create.length))], remove };
}
