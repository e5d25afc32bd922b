import type { ApiObject, Scale } from '../meta/json-types';
import { labelSelectorMatcher, labelSetMatcher } from '../meta/label-selector';
import type { ScaleSubresource } from '../resource-definition';

const at = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    root,
  );

const asCount = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** The selector of a scale is text: a selector object or a plain map is written out, text stays as it is. */
function selectorText(selector: unknown): string | undefined {
  if (typeof selector === 'string') return selector;
  if (selector === undefined || selector === null) return undefined;
  const isMap = Object.values(selector).every((value) => typeof value === 'string');
  return (isMap ? labelSetMatcher(selector as Record<string, string>) : labelSelectorMatcher(selector)).toString();
}

/** The autoscaling/v1 Scale that stands for an object. */
export function scaleOf(
  object: ApiObject,
  { specReplicasPath, statusReplicasPath, selectorPath }: ScaleSubresource,
): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorPath && selectorText(at(object, selectorPath));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: asCount(at(object, specReplicasPath)) },
    status: { replicas: asCount(at(object, statusReplicasPath)), ...(selector ? { selector } : {}) },
  };
}

/** A copy of the object with the replicas a Scale asks for. */
export function withReplicas(object: ApiObject, { specReplicasPath }: ScaleSubresource, replicas: number): ApiObject {
  const copy = structuredClone(object);
  let holder: Record<string, unknown> = copy;
  for (const key of specReplicasPath.slice(0, -1)) holder = (holder[key] ??= {}) as Record<string, unknown>;
  const last = specReplicasPath.at(-1);
  if (last !== undefined) holder[last] = replicas;
  return copy;
}
