import type { DeepReadonly, Pod } from '@nestor/api';
import { keyOf, type Informer } from '@nestor/client';
import { isPodFinished } from '@nestor/controller-kit';

const usersIndex = 'podsByClaim';

/** Keys of the claims that a pod's volumes name, those of its ephemeral volumes too. */
export function claimsOf({ metadata, spec }: DeepReadonly<Pod>): string[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral ? `${metadata.name}-${name}` : undefined);
    return claim ? [keyOf(metadata.namespace, claim)] : [];
  });
}

/** Call before the informer starts; the controllers of this package share the index. */
export function indexByClaim(pods: Informer<Pod>): void {
  pods.addIndex(usersIndex, (pod) => (isPodFinished(pod) ? [] : claimsOf(pod)));
}

/** Pods that use the claim and are not finished. */
export const usersOf = (pods: Informer<Pod>, claimKey: string): DeepReadonly<Pod>[] =>
  pods.lister.byIndex(usersIndex, claimKey);
