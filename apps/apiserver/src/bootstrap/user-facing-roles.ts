import type { PolicyRule } from '@nestor/auth';

const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const rule = (apiGroup: string, resources: string, verbs: string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources: resources.split(' '),
  verbs,
});

const toAdmin: PolicyRule[] = [
  rule('authorization.k8s.io', 'localsubjectaccessreviews', ['create']),
  rule('rbac.authorization.k8s.io', 'roles rolebindings', [...write, ...read]),
];

const toEdit: PolicyRule[] = [
  rule('', 'pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy', read),
  rule('', 'serviceaccounts', ['impersonate']),
  rule('', 'pods pods/attach pods/proxy pods/exec pods/portforward', write),
  rule('', 'pods/eviction', ['create']),
  rule('', 'configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale', write),
  rule('', 'secrets serviceaccounts services services/proxy events', write),
  rule('', 'serviceaccounts/token', ['create']),
  rule(
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
    write,
  ),
  rule('autoscaling', 'horizontalpodautoscalers', write),
  rule('batch', 'cronjobs jobs', write),
  rule('policy', 'poddisruptionbudgets', write),
  rule('networking.k8s.io', 'networkpolicies ingresses', write),
  rule('coordination.k8s.io', 'leases', [...write, ...read]),
  rule('resource.k8s.io', 'resourceclaims resourceclaimtemplates', write),
];

const withStatus = (plurals: string): string =>
  plurals
    .split(' ')
    .flatMap((plural) => [plural, `${plural}/status`])
    .join(' ');

const toView: PolicyRule[] = [
  rule('', 'configmaps endpoints serviceaccounts bindings events limitranges pods/log', read),
  rule('', `replicationcontrollers/scale ${withStatus('persistentvolumeclaims pods replicationcontrollers')}`, read),
  rule('', withStatus('services namespaces resourcequotas'), read),
  rule('discovery.k8s.io', 'endpointslices', read),
  rule('apps', 'controllerrevisions deployments/scale replicasets/scale statefulsets/scale', read),
  rule('apps', withStatus('daemonsets deployments replicasets statefulsets'), read),
  rule('autoscaling', withStatus('horizontalpodautoscalers'), read),
  rule('batch', withStatus('cronjobs jobs'), read),
  rule('policy', withStatus('poddisruptionbudgets'), read),
  rule('networking.k8s.io', `networkpolicies ${withStatus('ingresses')}`, read),
  rule('resource.k8s.io', `resourceclaimtemplates ${withStatus('resourceclaims')}`, read),
];

export interface UserFacingRole {
  name: string;
  labels?: Record<string, string>;
  rules?: PolicyRule[];
  /** Labels of the roles whose rules it gathers. */
  gathers?: Record<string, string>[];
}

const aggregate = (to: string): Record<string, string> => ({
  [`rbac.authorization.k8s.io/aggregate-to-${to}`]: 'true',
});

/** The roles for people that every cluster has; admin, edit and view gather those that are labelled for them. */
export const userFacingRoles: readonly UserFacingRole[] = [
  {
    name: 'cluster-admin',
    rules: [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ],
  },
  { name: 'admin', gathers: [aggregate('admin')] },
  { name: 'edit', labels: aggregate('admin'), gathers: [aggregate('edit')] },
  { name: 'view', labels: aggregate('edit'), gathers: [aggregate('view')] },
  { name: 'system:aggregate-to-admin', labels: aggregate('admin'), rules: toAdmin },
  { name: 'system:aggregate-to-edit', labels: aggregate('edit'), rules: toEdit },
  { name: 'system:aggregate-to-view', labels: aggregate('view'), rules: toView },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    rules: [rule('certificates.k8s.io', 'certificatesigningrequests/nodeclient', ['create'])],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    rules: [rule('certificates.k8s.io', 'certificatesigningrequests/selfnodeclient', ['create'])],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [rule('certificates.k8s.io', 'certificatesigningrequests', ['create', ...read])],
  },
];
