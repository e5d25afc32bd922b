import {
  matchesNodeTerm,
  toleratesAny,
  type DeepReadonly,
  type Node,
  type PodTemplateSpec,
  type Toleration,
} from '@nestor/api';

export type ObservedNode = DeepReadonly<Node>;
type Template = DeepReadonly<PodTemplateSpec>;

/** What every daemon pod tolerates (daemonset util.AddOrUpdateDaemonPodTolerations). */
export const daemonTolerations: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const hostNetworkToleration: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** The template's tolerations with those of daemon pods; one of the same key and effect is replaced. */
export function tolerationsOf({ spec }: Template): Toleration[] {
  const own = [...daemonTolerations, ...(spec?.hostNetwork ? [hostNetworkToleration] : [])];
  const isOwn = (toleration: Toleration): boolean =>
    own.some(({ key, effect }) => key === toleration.key && effect === toleration.effect);
  return [...((spec?.tolerations ?? []) as readonly Toleration[]).filter((one) => !isOwn(one)), ...own];
}

export interface Eligibility {
  /** A pod is to be made. */
  run: boolean;
  /** A pod that is there may stay. */
  stay: boolean;
}

/** NodeShouldRunDaemonPod. */
export function eligibility(template: Template, node: ObservedNode): Eligibility {
  const { nodeName, nodeSelector, affinity } = template.spec ?? {};
  const labels = node.metadata.labels ?? {};
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const isMeant =
    (!nodeName || nodeName === node.metadata.name) &&
    Object.entries(nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    (terms === undefined || terms.some((term) => matchesNodeTerm(term, node)));
  if (!isMeant) return { run: false, stay: false };
  const tolerations = tolerationsOf(template);
  const untolerated = (node.spec?.taints ?? []).filter((taint) => !toleratesAny(tolerations, taint));
  const stay = !untolerated.some(({ effect }) => effect === 'NoExecute');
  return { run: stay && !untolerated.some(({ effect }) => effect === 'NoSchedule'), stay };
}

/** What of a node decides where daemon pods go: status changes, the most frequent, do not. */
export function placementText(node: ObservedNode): string {
  return JSON.stringify([node.metadata.labels, node.spec?.taints]);
}
