import { podRequests, quantityMilliValue } from '@nestor/api';
import type { ObservedPod } from './pod-groups';

/** What pods request of a resource, in thousandths, by pod; of one container where one is named. Throws where nothing is requested. */
export function requestsOf(pods: readonly ObservedPod[], resource: string, container: string): Map<string, number> {
  return new Map(pods.map((pod) => [pod.metadata.name ?? '', requestOf(pod, resource, container)]));
}

const podLevel: ReadonlySet<string> = new Set(['cpu', 'memory']);

function requestOf(pod: ObservedPod, resource: string, container: string): number {
  const wholePod = pod.spec?.resources?.requests ?? {};
  if (container === '' && Object.keys(wholePod).some((name) => podLevel.has(name) || name.startsWith('hugepages-'))) {
    const request = podRequests(pod)[resource];
    if (request === undefined) {
      throw new Error(`missing pod-level request for ${resource} in Pod ${pod.metadata.name}`);
    }
    return quantityMilliValue(request);
  }
  return containerRequests(pod, resource, container);
}

function containerRequests({ metadata, spec }: ObservedPod, resource: string, container: string): number {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const counted = [...(spec?.containers ?? []), ...sidecars].filter(({ name }) => !container || name === container);
  if (container && counted.length === 0) throw new Error(`container ${container} not found in Pod ${metadata.name}`);
  return counted.reduce((sum, { name, resources }) => {
    const request = resources?.requests?.[resource];
    if (request === undefined) {
      throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
    }
    return sum + quantityMilliValue(request);
  }, 0);
}
