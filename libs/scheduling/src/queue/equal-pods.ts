import type { PodInfo } from '../cache/pod-info';

const keys = new WeakMap<PodInfo, string>();

/** The same text for pods that differ in nothing that a queueing hint may look at, such as replicas of one set. */
export function equalPodsKey(info: PodInfo): string {
  let key = keys.get(info);
  if (key === undefined) {
    const { metadata, spec } = info.pod;
    const { affinity, nodeSelector, topologySpreadConstraints, schedulingGroup } = (spec ?? {}) as Record<
      string,
      unknown
    >;
    key = JSON.stringify([
      metadata.namespace,
      metadata.labels,
      info.requestsText,
      info.tolerationsText,
      info.hostPorts,
      info.priority,
      affinity,
      nodeSelector,
      topologySpreadConstraints,
      schedulingGroup,
    ]);
    keys.set(info, key);
  }
  return key;
}
