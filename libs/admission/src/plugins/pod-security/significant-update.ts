import type { DeepReadonly, Pod } from '@nestor/api';

type ObservedPod = DeepReadonly<Pod>;

/** Whether something changed that the standards look at: of a pod that exists, images and debug containers alone can. */
export function isSignificantUpdate({ spec: next }: ObservedPod, { spec: before }: ObservedPod): boolean {
  type Named = { readonly name: string; readonly image?: string };
  const differs = (now: readonly Named[] = [], then: readonly Named[] = []): boolean =>
    now.length !== then.length || now.some(({ image }, index) => image !== then[index]?.image);
  if (differs(next?.containers, before?.containers) || differs(next?.initContainers, before?.initContainers))
    return true;
  const known = new Map((before?.ephemeralContainers ?? []).map(({ name, image }) => [name, image]));
  return (next?.ephemeralContainers ?? []).some(({ name, image }) => !known.has(name) || known.get(name) !== image);
}
