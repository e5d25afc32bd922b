import type { ApiObject, DeepReadonly } from '@nestor/api';

/** Who writes: structurally the UserInfo of libs/auth, which is a feature beside this one. */
export interface AdmissionUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
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
  namespace: string;
  name: string;
  namespaced: boolean;
  /** Absent on DELETE. Mutating plugins change it in place. */
  object?: ApiObject;
  old?: DeepReadonly<ApiObject>;
  user: AdmissionUser;
  dryRun: boolean;
  warn(text: string): void;
}

/** Reads objects for plugins. With `fresh` the newest state is waited for: what a plugin does before it refuses. */
export interface ObjectReader {
  get(
    resource: string,
    namespace: string,
    name: string,
    options?: { fresh?: boolean },
  ): Promise<DeepReadonly<ApiObject> | undefined>;
  /** All objects of a resource, as the cache has them. */
  list(resource: string): Promise<readonly DeepReadonly<ApiObject>[]>;
}

/** One concern. `admit` may change the object; `validate` sees what all of them made of it. Both refuse by throwing ApiError. */
export interface AdmissionPlugin {
  readonly name: string;
  /** A cheap test, so that most plugins cost most writes nothing. */
  handles(request: AdmissionRequest): boolean;
  admit?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}

/** A pod as such is written, not one of its subresources. */
export const isPodCreate = (request: AdmissionRequest): boolean =>
  request.operation === 'CREATE' && request.resource === 'pods' && request.group === '' && request.subresource === '';
