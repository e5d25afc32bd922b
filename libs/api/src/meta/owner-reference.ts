import type { DeepReadonly, ObjectMeta, OwnerReference } from './json-types';

/** metav1.GetControllerOf: the one owner that manages the object. */
export function controllerOf(object: {
  readonly metadata: Readonly<{ ownerReferences?: readonly DeepReadonly<OwnerReference>[] }>;
}): DeepReadonly<OwnerReference> | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function isControlledBy(
  object: { readonly metadata: Readonly<{ ownerReferences?: readonly DeepReadonly<OwnerReference>[] }> },
  owner: { readonly metadata: Readonly<Pick<ObjectMeta, 'uid'>> },
): boolean {
  const uid = controllerOf(object)?.uid;
  return uid !== undefined && uid === owner.metadata.uid;
}

/** metav1.NewControllerRef: the reference a controller puts on what it creates. */
export function controllerReference(owner: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Pick<ObjectMeta, 'name' | 'uid'>>;
}): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}
