import type { PolicyRule } from '@nestor/auth';

/** A role that every cluster has, without what all of them have in common. */
export interface DefaultRole {
  name: string;
  /** Absent: a ClusterRole. */
  namespace?: string;
  labels?: Record<string, string>;
  rules?: readonly PolicyRule[];
  /** Labels of the roles whose rules it gathers. */
  gathers?: Record<string, string>[];
}

export interface DefaultSubject {
  kind: 'User' | 'Group' | 'ServiceAccount';
  name: string;
  namespace?: string;
}

export interface DefaultBinding {
  /** The role's own name where it is absent. */
  name?: string;
  namespace?: string;
  role: string;
  subjects: DefaultSubject[];
}

export const user = (name: string): DefaultSubject => ({ kind: 'User', name });
export const group = (name: string): DefaultSubject => ({ kind: 'Group', name });
export const account = (name: string): DefaultSubject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });
