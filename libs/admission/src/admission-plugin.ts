import type { ApiObject, DeepReadonly } from '@nestor/api';
import type { Reinvocation } from './reinvocation';

/** Who writes: structurally the UserInfo of libs/auth, which is a feature beside this one. */
export interface AdmissionUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

export interface GroupVersionResource {
  group: string;
  version: string;
  resource: string;
}

/** What admission is told about a write (k8s.io/apiserver admission.Attributes). */
export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  group: string;
  version: string;
  /** Lower-case plural. */
  resource: string;
  subresource: string;
  kind: string;
  /** Group and version of `kind` where they are not the resource's: a Scale, an Eviction. */
  kindVersion?: { group: string; version: string };
  /** Of a Namespace, once it has a name, that name: it counts as inside itself. */
  namespace: string;
  /** Empty while a name is still to be generated. */
  name: string;
  namespaced: boolean;
  /** Absent on DELETE. Mutating plugins change it in place. */
  object?: ApiObject;
  old?: DeepReadonly<ApiObject>;
  user: AdmissionUser;
  dryRun: boolean;
  /** The CreateOptions, UpdateOptions, PatchOptions or DeleteOptions of the request; made when somebody asks. */
  options?(): Readonly<Record<string, unknown>>;
  /** A text for the Warning header. */
  warn(text: string): void;
  /** A note for the record of the request (audit annotation). */
  annotate?(key: string, value: string): void;
  /** Set by the plugin that wants the mutating ones before it to look again. */
  reinvocation?: Reinvocation;
}

export const kindOf = ({ group, version, kind, kindVersion }: AdmissionRequest): GroupVersionKind => ({
  group,
  version,
  ...kindVersion,
  kind,
});

export const resourceOf = ({ group, version, resource }: AdmissionRequest): GroupVersionResource => ({
  group,
  version,
  resource,
});

/** Reads objects for plugins. With `fresh` the newest state is waited for: what a plugin does before it refuses. */
export interface ObjectReader {
  get(
    resource: string,
    namespace: string,
    name: string,
    options?: { fresh?: boolean },
  ): Promise<DeepReadonly<ApiObject> | undefined>;
  /** All objects of a resource, or those of one namespace, as the cache has them. */
  list(resource: string, namespace?: string): Promise<readonly DeepReadonly<ApiObject>[]>;
}

/** One concern. `admit` may change the object; `validate` sees what all of them made of it. Both refuse by throwing ApiError. */
export interface AdmissionPlugin {
  readonly name: string;
  /** False: runs only where --enable-admission-plugins names it. */
  readonly onByDefault?: boolean;
  /** A cheap test, so that most plugins cost most writes nothing. */
  handles(request: AdmissionRequest): boolean;
  admit?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}

/** What a request is called in a refusal: a name that is to be generated goes by its beginning (admission.NewForbidden). */
export const nameOf = ({ name, object }: AdmissionRequest): string =>
  name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown';

/** A pod as such is written, not one of its subresources. */
export const isPodCreate = (request: AdmissionRequest): boolean =>
  request.operation === 'CREATE' && request.resource === 'pods' && request.group === '' && request.subresource === '';
