import { createHash } from 'node:crypto';
import type { Container, DeepReadonly, Pod } from '@nestor/api';

/** Labels and annotations by which a restarted kubelet finds its pods again in the runtime; the names are kubelet's. */
export const podNameLabel = 'io.kubernetes.pod.name';
export const podNamespaceLabel = 'io.kubernetes.pod.namespace';
export const podUidLabel = 'io.kubernetes.pod.uid';
export const containerNameLabel = 'io.kubernetes.container.name';
export const containerHashAnnotation = 'io.kubernetes.container.hash';
export const restartCountAnnotation = 'io.kubernetes.container.restartCount';
export const terminationMessagePathAnnotation = 'io.kubernetes.container.terminationMessagePath';
/** Which of several kubelets on one runtime a sandbox belongs to (kubelet has one a machine and needs none). */
export const nodeNameLabel = 'nestor.dev/node-name';

export function podLabels(pod: DeepReadonly<Pod>, nodeName: string): Record<string, string> {
  return {
    ...pod.metadata.labels,
    [podNameLabel]: pod.metadata.name ?? '',
    [podNamespaceLabel]: pod.metadata.namespace ?? '',
    [podUidLabel]: pod.metadata.uid ?? '',
    [nodeNameLabel]: nodeName,
  };
}

/** Changes when a running container must be replaced: of what may change in a pod's spec, that is the image. */
export function containerHash(container: Pick<DeepReadonly<Container>, 'name' | 'image'>): string {
  const text = JSON.stringify([container.name, container.image]);
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
