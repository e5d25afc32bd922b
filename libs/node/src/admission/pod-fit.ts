import {
  addQuantities,
  compareQuantities,
  findUntoleratedTaint,
  formatQuantity,
  podRequests,
  quantityFrom,
  subtractQuantities,
  zeroQuantity,
  type DeepReadonly,
  type Pod,
  type Taint,
} from '@nestor/api';

export interface Rejection {
  reason: string;
  message: string;
}

export interface NodeFacts {
  labels: Readonly<Record<string, string>>;
  allocatable: Readonly<Record<string, string>>;
  taints: readonly DeepReadonly<Taint>[];
}

/** kubelet's predicate admit handler: a pod that does not fit is failed, not kept waiting. */
export function admitPod(
  pod: DeepReadonly<Pod>,
  others: readonly DeepReadonly<Pod>[],
  node: NodeFacts,
): Rejection | undefined {
  const affinity = Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => node.labels[key] === value);
  if (!affinity)
    return {
      reason: 'NodeAffinity',
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    };
  const taint = findUntoleratedTaint(node.taints, pod.spec?.tolerations, ['NoExecute']);
  if (taint)
    return {
      reason: 'TaintToleration',
      message: `Predicate TaintToleration failed: node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`,
    };
  const conflict = hostPorts(pod).find((port) => others.some((other) => hostPorts(other).includes(port)));
  if (conflict)
    return {
      reason: 'NodePorts',
      message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    };
  return outOfResources(pod, others, node.allocatable);
}

function outOfResources(
  pod: DeepReadonly<Pod>,
  others: readonly DeepReadonly<Pod>[],
  allocatable: Readonly<Record<string, string>>,
): Rejection | undefined {
  const maxPods = Number(allocatable.pods ?? '110');
  if (others.length + 1 > maxPods) return insufficient('pods', '1', String(others.length), String(maxPods));
  for (const [name, text] of Object.entries(podRequests(pod))) {
    const capacity = quantityFrom(allocatable[name] ?? '0');
    const used = others.reduce(
      (sum, other) => addQuantities(sum, quantityFrom(podRequests(other)[name])),
      zeroQuantity,
    );
    const wanted = quantityFrom(text);
    if (wanted.nanos > 0n && compareQuantities(wanted, subtractQuantities(capacity, used)) > 0) {
      return insufficient(name, text, formatQuantity(used), formatQuantity(capacity));
    }
  }
  return undefined;
}

function insufficient(resource: string, requested: string, used: string, capacity: string): Rejection {
  const message = `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return { reason: `OutOf${resource}`, message };
}

function hostPorts(pod: DeepReadonly<Pod>): string[] {
  return (pod.spec?.containers ?? []).flatMap(({ ports }) =>
    (ports ?? [])
      .filter(({ hostPort }) => hostPort)
      .map(({ hostPort, protocol }) => `${protocol ?? 'TCP'}/${hostPort}`),
  );
}
