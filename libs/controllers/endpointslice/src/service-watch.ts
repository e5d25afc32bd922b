import { labelSetMatcher, type DeepReadonly, type Pod, type Service } from '@nestor/api';
import { objectKey, refs, type Informer } from '@nestor/client';
import type { ReconcilerWiring } from '@nestor/controller-kit';

/** Pods come in bursts: one write for a burst is enough, and late by no more than this. */
const defaultBatchMs = 100;

/** Enqueues the Services that a pod's change concerns. */
export function enqueueOnPods(
  { on, enqueueAfter }: ReconcilerWiring,
  services: Informer<Service>,
  batchMs = defaultBatchMs,
): void {
  const touch = (pod: DeepReadonly<Pod>): void => {
    for (const service of services.lister.list(pod.metadata.namespace)) {
      if (selects(service, pod)) enqueueAfter(objectKey(service), batchMs);
    }
  };
  on(refs.pods, {
    added: touch,
    updated: (pod, old) => {
      if (!isRelevant(pod, old)) return;
      touch(pod);
      if (pod.metadata.labels !== old.metadata.labels) touch(old);
    },
    deleted: touch,
  });
}

export function selects(service: DeepReadonly<Service>, pod: DeepReadonly<Pod>): boolean {
  const { selector } = service.spec ?? {};
  if (!selector || Object.keys(selector).length === 0) return false;
  return labelSetMatcher(selector).matches(pod.metadata.labels);
}

/** Most pod updates change nothing that an endpoint shows. */
function isRelevant(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>): boolean {
  const view = ({ metadata, spec, status }: DeepReadonly<Pod>) =>
    JSON.stringify([
      metadata.labels,
      metadata.deletionTimestamp,
      spec?.nodeName,
      spec?.hostname,
      spec?.subdomain,
      status?.phase,
      status?.podIPs ?? status?.podIP,
      status?.conditions?.find((condition) => condition.type === 'Ready')?.status,
    ]);
  return view(pod) !== view(old);
}
