import { controllerOf, type ApiObject, type DeepReadonly } from '@nestor/api';
import type { Informer } from '@nestor/client';

const controllerIndex = 'controllerUid';
const orphanIndex = 'orphansByNamespace';

/** Children by the uid of their controller and orphans by namespace, so that no lookup scans a namespace. */
export function indexByController<T extends ApiObject>(informer: Informer<T>): void {
  informer.addIndex(controllerIndex, (object) => {
    const owner = controllerOf(object);
    return owner ? [owner.uid] : [];
  });
  informer.addIndex(orphanIndex, (object) => (controllerOf(object) ? [] : [object.metadata.namespace ?? '']));
}

export function controlledBy<T extends ApiObject>(informer: Informer<T>, uid: string | undefined): DeepReadonly<T>[] {
  return uid ? informer.lister.byIndex(controllerIndex, uid) : [];
}

export function orphansIn<T extends ApiObject>(informer: Informer<T>, namespace: string): DeepReadonly<T>[] {
  return informer.lister.byIndex(orphanIndex, namespace);
}
