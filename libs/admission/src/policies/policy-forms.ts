import type { StructuralSchema } from '@nestor/schema';
import type { GroupVersionResource } from '../admission-plugin';
import type { ObjectForms } from '../webhooks';

/** What policies need to know of the resources that are served. */
export interface PolicyForms extends ObjectForms {
  /** Where the objects of a kind are: the key to read them by. */
  resourceOfKind(apiVersion: string, kind: string): { readonly key: string; readonly namespaced: boolean } | undefined;
  schemaOf(resource: GroupVersionResource): StructuralSchema | undefined;
}
