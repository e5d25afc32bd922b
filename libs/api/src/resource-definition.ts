import type { StructuralSchema } from '@nestor/schema';
import type { FieldError } from './errors/field-error';
import type { ApiObject } from './meta/json-types';
import type { ObjectNameCheck } from './meta/object-name';

/** What a strategy may know about the request it prepares an object for. */
export interface StrategyContext {
  /** RFC 3339, second resolution: the request's clock. */
  now: string;
  namespace: string;
  user: {
    name: string;
    uid?: string;
    groups: readonly string[];
    extra?: Readonly<Record<string, readonly string[]>>;
  };
  /** '' for the main resource, else 'status', 'scale', ... */
  subresource: string;
}

/**
 * The behaviour of a kind that its schema cannot say (k8s.io/apiserver rest.RESTCreateStrategy and friends).
 * Every function may mutate the object it is handed first and none may await: the object is private to the request.
 * Schema defaults, pruning, type checks and ObjectMeta handling have run or will run in the generic storage;
 * a strategy holds only what is particular to the kind.
 */
export interface RestStrategy {
  /** What the kind's names may be; a DNS subdomain when absent. */
  nameCheck?: ObjectNameCheck;
  /** PUT on a name that does not exist creates it (Lease, Endpoints, Service, Event, ...). */
  allowCreateOnUpdate?: boolean;
  /** Defaults the schema cannot express (depends on other fields). Runs after schema defaulting, on create, update and patch. */
  setDefaults?(object: ApiObject): void;
  /** Resets what a client must not set on create (status, generation is handled generically). */
  prepareForCreate?(object: ApiObject, context: StrategyContext): void;
  /** Carries over what a client must not change. Called for the main resource and, with context.subresource, for status. */
  prepareForUpdate?(object: ApiObject, old: Readonly<ApiObject>, context: StrategyContext): void;
  /** A generated name was taken, so the object got another: mends what prepareForCreate made of the first. */
  renamed?(object: ApiObject, before: string): void;
  validate?(object: ApiObject, context: StrategyContext): FieldError[];
  validateUpdate?(object: ApiObject, old: Readonly<ApiObject>, context: StrategyContext): FieldError[];
  /** Texts for the Warning header. */
  warnings?(object: ApiObject, old?: Readonly<ApiObject>): string[];
  /** Seconds of grace a delete without an explicit period gets; absent means delete at once. (Pod: spec.terminationGracePeriodSeconds) */
  defaultGracePeriodSeconds?(object: Readonly<ApiObject>): number;
  /** A graceful delete may still be immediate (an unbound or finished pod). */
  deleteImmediately?(object: Readonly<ApiObject>): boolean;
  /** Finalizers and orphan default: 'background' for all but the kinds that say otherwise. */
  defaultPropagation?: 'Background' | 'Orphan';
}

export interface TableColumn {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: string;
  description?: string;
  /** 0 is shown always, greater only with -o wide. */
  priority?: number;
}

export interface ScaleSubresource {
  specReplicasPath: readonly string[];
  statusReplicasPath: readonly string[];
  /** Path of the selector (a LabelSelector object or a serialised string). */
  selectorPath?: readonly string[];
}

/** How a served version meets the one form that is stored. Both functions return a new object. */
export interface ResourceConversion {
  /** resourceKey of the definition the objects are stored under. */
  storageKey: string;
  toStorage(served: ApiObject): ApiObject;
  fromStorage(stored: ApiObject): ApiObject;
}

/** Errors refuse the write; warnings tell of what was wrong before and is not touched. */
export type RunRules = (
  object: ApiObject,
  old?: Readonly<ApiObject>,
) => { readonly errors: readonly FieldError[]; readonly warnings: readonly string[] };

/** Everything the generic REST storage needs to serve a kind. One file per kind in libs/api/src/<group>/. */
export interface ResourceDefinition {
  group: string;
  version: string;
  kind: string;
  /** Lower-case plural, the path segment. */
  plural: string;
  singular: string;
  listKind: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  /** Name of the published definition, e.g. io.k8s.api.apps.v1.Deployment. */
  definition: string;
  schema(): StructuralSchema;
  hasStatus: boolean;
  scale?: ScaleSubresource;
  /** True where spec changes bump metadata.generation. */
  hasGeneration: boolean;
  strategy: RestStrategy;
  columns: readonly TableColumn[];
  /** The cells of one table row, in the order of columns. Ages are durations relative to now. */
  cells(object: ApiObject, now: Date): unknown[];
  /** Values for field selectors besides metadata.name and metadata.namespace. */
  selectableFields?(object: ApiObject): Record<string, string>;
  /** Names of those fields, so that an unknown one is refused with the right message. */
  selectableFieldNames?: readonly string[];
  /** Set where the stored form is another version's: events.k8s.io events, custom resources of several versions. */
  conversion?: ResourceConversion;
  /** The warning with every answer about a kind that has a better one. */
  deprecation?: string;
  /** Served through the API but made from a CustomResourceDefinition. */
  custom?: boolean;
  /** Judges by the rules that a custom resource's schema has beside its shape (x-kubernetes-validations); undefined without any. */
  rules?(): RunRules | undefined;
}

/** Stable id of a stored resource across versions: "pods", "deployments.apps". The store's and the bus's key. */
export function resourceKey(of: { group: string; plural: string }): string {
  return of.group === '' ? of.plural : `${of.plural}.${of.group}`;
}

/** The key a definition's objects are stored under: its own, unless another version of the kind keeps them. */
export function storageKey(definition: ResourceDefinition): string {
  return definition.conversion?.storageKey ?? resourceKey(definition);
}
