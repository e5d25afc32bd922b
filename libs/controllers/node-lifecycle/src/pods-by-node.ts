import type { DeepReadonly, Pod } from '@nestor/api';
import type { Informer } from '@nestor/client';

const nodeIndex = 'nodeName';

export function indexByNode(pods: Informer<Pod>): void {
  pods.addIndex(nodeIndex, (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []));
}
export function podsOn(pods: Informer<Pod>, node: string): DeepReadonly<Pod>[] {
  return pods.lister.byIndex(nodeIndex, node);
}
