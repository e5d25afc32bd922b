import { volumeDirectoryAnnotation, type DeepReadonly, type Node, type StorageClass } from '@nestor/api';

export type ObservedNode = DeepReadonly<Node>;
type Terms = DeepReadonly<StorageClass>['allowedTopologies'];

export const keepsVolumes = ({ metadata }: ObservedNode): boolean =>
  metadata.annotations?.[volumeDirectoryAnnotation] !== undefined;

/** One of the terms holds, each of whose expressions the node's labels meet. */
export function isAllowed({ metadata }: ObservedNode, terms: Terms): boolean {
  if (!terms?.length) return true;
  return terms.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(metadata.labels?.[key] ?? '')),
  );
}

/** For classes that bind at once: of the nodes that are ready the one with the fewest volumes. */
export function chooseNode(
  nodes: readonly ObservedNode[],
  terms: Terms,
  volumesOn: ReadonlyMap<string, number>,
): ObservedNode | undefined {
  const load = ({ metadata }: ObservedNode): number => volumesOn.get(metadata.name ?? '') ?? 0;
  return nodes
    .filter((node) => keepsVolumes(node) && isReady(node) && !node.spec?.unschedulable && isAllowed(node, terms))
    .sort((a, b) => load(a) - load(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))[0];
}

const isReady = ({ status }: ObservedNode): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
