import type { ApiObject, DeepReadonly } from '@nestor/api';

export interface ResourceRef {
  group: string;
  version: string;
  plural: string;
  namespaced: boolean;
  kind: string;
}

export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  resourceVersion?: string;
  limit?: number;
  continue?: string;
  /** Asks for PartialObjectMetadata. */
  metadataOnly?: boolean;
}
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** Typed access to one resource over HTTPS. Every failure is an ApiError rebuilt from the Status body. */
export interface ResourceClient<T extends ApiObject = ApiObject> {
  get(name: string, namespace?: string): Promise<T>;
  list(options?: ListOptions): Promise<{ items: T[]; resourceVersion: string; continue?: string }>;
  create(object: T): Promise<T>;
  update(object: T): Promise<T>;
  updateStatus(object: T): Promise<T>;
  patch(
    name: string,
    namespace: string | undefined,
    type: PatchType,
    patch: unknown,
    options?: { subresource?: string; fieldManager?: string; force?: boolean },
  ): Promise<T>;
  /**
   * Server-side apply: the fields of `object` become the manager's, those it applied before and leaves out go. Conflicts
   * with other managers are an error unless forced.
   */
  apply(object: T, options: { fieldManager: string; force?: boolean; subresource?: string }): Promise<T>;
  delete(
    name: string,
    namespace?: string,
    options?: { uid?: string; resourceVersion?: string; gracePeriodSeconds?: number; propagationPolicy?: string },
  ): Promise<void>;
  /** POST to a subresource such as pods/binding. */
  createSubresource(name: string, namespace: string | undefined, subresource: string, body: unknown): Promise<unknown>;
}

export interface Lister<T extends ApiObject> {
  get(namespace: string, name: string): DeepReadonly<T> | undefined;
  list(namespace?: string): DeepReadonly<T>[];
  /** By an index registered on the informer. */
  byIndex(index: string, value: string): DeepReadonly<T>[];
}

export interface InformerHandlers<T extends ApiObject> {
  added?(object: DeepReadonly<T>): void;
  updated?(object: DeepReadonly<T>, old: DeepReadonly<T>): void;
  deleted?(object: DeepReadonly<T>): void;
}

/** A local copy of one resource kept true by list and watch (bus or HTTP behind the same interface). */
export interface Informer<T extends ApiObject> {
  readonly lister: Lister<T>;
  /** Adds an index before start. */
  addIndex(name: string, values: (object: DeepReadonly<T>) => string[]): void;
  addHandlers(handlers: InformerHandlers<T>): () => void;
  /** Resolves once the first list has been delivered to the handlers. */
  start(): Promise<void>;
  readonly synced: boolean;
  /** Revision the copy is at. */
  readonly resourceVersion: string;
  stop(): Promise<void>;
}
