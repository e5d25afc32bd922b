import type { PolicyRule } from './policy-rule';
import { StoredGrants } from './stored-grants';

const read = ['get', 'list', 'watch'];
const write = ['create', 'update', 'patch', 'delete'];
const rule = (apiGroup: string, resources: string[], verbs: string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});
const events: PolicyRule[] = [
  rule('', ['events'], ['create', 'patch', 'update']),
  rule('events.k8s.io', ['events'], ['create', 'patch', 'update']),
];
const leases = rule('coordination.k8s.io', ['leases'], [...read, ...write]);

const discovery: PolicyRule = {
  verbs: ['get'],
  nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/version', '/version/'],
};

const scheduler: PolicyRule[] = [
  ...events,
  leases,
  rule('', ['nodes', 'namespaces', 'services', 'replicationcontrollers'], read),
  rule('', ['persistentvolumes', 'persistentvolumeclaims'], [...read, 'patch', 'update']),
  rule('', ['pods'], [...read, 'delete']),
  rule('', ['bindings', 'pods/binding'], ['create']),
  rule('', ['pods/status'], ['patch', 'update']),
  rule('apps', ['replicasets', 'statefulsets'], read),
  rule('policy', ['poddisruptionbudgets'], read),
  rule('storage.k8s.io', ['*'], read),
  rule('resource.k8s.io', ['*'], [...read, 'patch', 'update']),
  rule('resource.k8s.io', ['resourceclaims'], ['create', 'delete']),
  rule('scheduling.k8s.io', ['priorityclasses', 'podgroups', 'workloads'], read),
  rule('scheduling.k8s.io', ['podgroups/status'], ['patch', 'update']),
  rule('authentication.k8s.io', ['tokenreviews'], ['create']),
  rule('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
];

const controllerManager: PolicyRule[] = [
  ...events,
  leases,
  // The garbage collector and the namespace controller reach every kind there is, custom ones included.
  { apiGroups: ['*'], resources: ['*'], verbs: [...read, 'update', 'patch', 'delete', 'deletecollection'] },
  rule(
    '',
    [
      'pods',
      'endpoints',
      'serviceaccounts',
      'serviceaccounts/token',
      'secrets',
      'configmaps',
      'persistentvolumeclaims',
      'persistentvolumes',
      'namespaces',
      'pods/eviction',
      'pods/binding',
    ],
    ['create'],
  ),
  rule('apps', ['replicasets', 'controllerrevisions', 'deployments'], ['create']),
  rule('batch', ['jobs'], ['create']),
  rule('resource.k8s.io', ['resourceclaims'], ['create']),
  rule('discovery.k8s.io', ['endpointslices'], ['create']),
  rule('networking.k8s.io', ['ipaddresses', 'servicecidrs'], ['create']),
  rule('storage.k8s.io', ['volumeattachments'], ['create']),
  rule('certificates.k8s.io', ['signers'], ['approve', 'sign', 'attest']),
  rule('rbac.authorization.k8s.io', ['clusterroles'], ['escalate']),
  rule('authentication.k8s.io', ['tokenreviews'], ['create']),
  rule('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
  discovery,
];

const proxy: PolicyRule[] = [
  ...events,
  rule('', ['services', 'endpoints', 'nodes'], read),
  rule('discovery.k8s.io', ['endpointslices'], read),
];

/** The rules of a component, which one user holds. */
export interface ComponentGrant {
  readonly role: string;
  readonly user: string;
  readonly rules: readonly PolicyRule[];
}

const grants: readonly ComponentGrant[] = [
  { role: 'system:kube-scheduler', user: 'system:kube-scheduler', rules: scheduler },
  { role: 'system:kube-controller-manager', user: 'system:kube-controller-manager', rules: controllerManager },
  { role: 'system:node-proxier', user: 'system:kube-proxy', rules: proxy },
];

/**
 * What the components hold before any Role exists and whatever becomes of stored ones, so that a cluster whose roles
 * were damaged still runs. Stored roles add to it; what everybody holds is among those. Kubelets are not among them:
 * the node authorizer decides of what they may do.
 */
export function componentGrants(...more: readonly ComponentGrant[]): StoredGrants {
  const stored = new StoredGrants();
  for (const { role: name, user, rules } of [...grants, ...more]) {
    stored.putRole({ name, rules });
    stored.putBinding({ name, roleRef: { kind: 'ClusterRole', name }, subjects: [{ kind: 'User', name: user }] });
  }
  return stored;
}
