import type { FieldRequirement, Requirement } from '@nestor/api';
import type { UserInfo } from '../user';

/** What a request wants to do (k8s.io/apiserver authorizer.Attributes). */
export interface Attributes {
  user: UserInfo;
  verb: string;
  /** '' for a path that is no resource; then `path` decides. */
  resource: string;
  apiGroup: string;
  apiVersion?: string;
  subresource: string;
  namespace: string;
  name: string;
  path: string;
  /** To which fields a list, watch or deletecollection is narrowed; absent: to none. Read only by who asks. */
  fieldRequirements?(): readonly FieldRequirement[];
  /** To which labels it is narrowed. */
  labelRequirements?(): readonly Requirement[];
}
