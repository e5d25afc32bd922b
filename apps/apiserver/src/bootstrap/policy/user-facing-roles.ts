import { allow, allowPaths, read, write } from './allow';
import type { DefaultRole } from './default-role';

const aggregate = (to: string): Record<string, string> => ({
  [`rbac.authorization.k8s.io/aggregate-to-${to}`]: 'true',
});

const toAdmin = [
  allow('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
  allow(`${read} ${write}`, 'rbac.authorization.k8s.io', 'roles rolebindings'),
];

const streams = 'pods/attach pods/proxy pods/exec pods/portforward';
const scalable = 'deployments deployments/scale replicasets replicasets/scale';

const toEdit = [
  allow(read, 'core', `${streams} secrets services/proxy`),
  allow('impersonate', 'core', 'serviceaccounts'),
  allow(write, 'core', `pods ${streams}`),
  allow('create', 'core', 'pods/eviction'),
  allow(
    write,
    'core',
    'replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims configmaps secrets events',
  ),
  allow('create', 'core', 'serviceaccounts/token'),
  allow(write, 'apps', `statefulsets statefulsets/scale daemonsets deployments/rollback ${scalable}`),
  allow(write, 'autoscaling', 'horizontalpodautoscalers'),
  allow(write, 'batch', 'jobs cronjobs'),
  allow(
    write,
    'extensions',
    `daemonsets deployments/rollback ingresses ${scalable} replicationcontrollers/scale networkpolicies`,
  ),
  allow(write, 'policy', 'poddisruptionbudgets'),
  allow(write, 'networking.k8s.io', 'networkpolicies ingresses'),
  allow(`${read} ${write}`, 'coordination.k8s.io', 'leases'),
  allow(write, 'resource.k8s.io', 'resourceclaims resourceclaimtemplates'),
];

const withStatus = (plurals: string): string =>
  plurals
    .split(' ')
    .flatMap((plural) => [plural, `${plural}/status`])
    .join(' ');

const toView = [
  allow(
    read,
    'core',
    `pods replicationcontrollers replicationcontrollers/scale serviceaccounts endpoints configmaps ${withStatus('services persistentvolumeclaims')}`,
  ),
  allow(
    read,
    'core',
    'limitranges resourcequotas bindings events pods/status resourcequotas/status namespaces/status replicationcontrollers/status pods/log',
  ),
  allow(read, 'core', 'namespaces'),
  allow(read, 'discovery.k8s.io', 'endpointslices'),
  allow(
    read,
    'apps',
    `controllerrevisions statefulsets/scale deployments/scale replicasets/scale ${withStatus('statefulsets daemonsets deployments replicasets')}`,
  ),
  allow(read, 'autoscaling', withStatus('horizontalpodautoscalers')),
  allow(read, 'batch', withStatus('jobs cronjobs')),
  allow(
    read,
    'extensions',
    `deployments/scale replicasets/scale replicationcontrollers/scale networkpolicies ${withStatus('daemonsets deployments ingresses replicasets')}`,
  ),
  allow(read, 'policy', withStatus('poddisruptionbudgets')),
  allow(read, 'networking.k8s.io', `networkpolicies ${withStatus('ingresses')}`),
  allow(read, 'resource.k8s.io', `resourceclaimtemplates ${withStatus('resourceclaims')}`),
];

/** The roles for people; admin, edit and view gather those that are labelled for them. */
export const userFacingRoles: readonly DefaultRole[] = [
  { name: 'cluster-admin', rules: [allow('*', '*', '*'), allowPaths('*', '*')] },
  { name: 'admin', gathers: [aggregate('admin')] },
  { name: 'edit', labels: aggregate('admin'), gathers: [aggregate('edit')] },
  { name: 'view', labels: aggregate('edit'), gathers: [aggregate('view')] },
  { name: 'system:aggregate-to-admin', labels: aggregate('admin'), rules: toAdmin },
  { name: 'system:aggregate-to-edit', labels: aggregate('edit'), rules: toEdit },
  { name: 'system:aggregate-to-view', labels: aggregate('view'), rules: toView },
];
