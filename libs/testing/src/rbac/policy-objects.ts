/** Of a role. Written down here, as nothing that the API's own library needs for its tests may need that library. */
export interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

interface Stored {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

export interface Role extends Stored {
  rules: Rule[];
}

export interface ClusterRole extends Role {
  aggregationRule?: { clusterRoleSelectors: { matchLabels?: Record<string, string> }[] };
}

export interface RoleBinding extends Stored {
  roleRef: { apiGroup: string; kind: string; name: string };
  subjects: { kind: string; apiGroup?: string; name: string; namespace?: string }[];
}

export type ClusterRoleBinding = RoleBinding;
