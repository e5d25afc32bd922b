import type { ComponentGrant, PolicyRule } from '@nestor/auth';
import { allow, allowPaths, read, write, writeEvents } from './allow';
import { account, group, user, type DefaultBinding, type DefaultRole } from './default-role';

const readUpdate = `${read} patch update`;
const health = '/livez /readyz /healthz';
const version = '/version /version/';
const signers = 'certificates.k8s.io';
const reviews = [
  allow('create', 'authentication.k8s.io', 'tokenreviews'),
  allow('create', 'authorization.k8s.io', 'subjectaccessreviews'),
];

/** What all nodes may do; of what is theirs the node authorizer decides more narrowly. */
export const nodeRules: readonly PolicyRule[] = [
  allow('create', 'authentication.k8s.io', 'tokenreviews'),
  allow('create', 'authorization.k8s.io', 'subjectaccessreviews localsubjectaccessreviews'),
  allow(read, 'core', 'services'),
  allow(`create ${read}`, 'core', 'nodes'),
  allow('update patch', 'core', 'nodes/status'),
  allow('update patch', 'core', 'nodes'),
  allow('create update patch', 'core events.k8s.io', 'events'),
  allow(read, 'core', 'pods'),
  allow('create delete', 'core', 'pods'),
  allow('update patch', 'core', 'pods/status'),
  allow('create', 'core', 'pods/eviction'),
  allow(read, 'core', 'secrets configmaps'),
  allow('get', 'core', 'persistentvolumeclaims persistentvolumes'),
  allow('get', 'core', 'endpoints'),
  allow(`create ${read}`, signers, 'certificatesigningrequests'),
  allow('get create update patch delete', 'coordination.k8s.io', 'leases'),
  allow('get', 'storage.k8s.io', 'volumeattachments'),
  allow('create', 'core', 'serviceaccounts/token'),
  allow('get update patch', 'core', 'persistentvolumeclaims/status'),
  allow(read, 'storage.k8s.io', 'csidrivers'),
  allow('get create update patch delete', 'storage.k8s.io', 'csinodes'),
  allow(read, 'node.k8s.io', 'runtimeclasses'),
  allow('get', 'resource.k8s.io', 'resourceclaims'),
  allow(`${read} ${write}`, 'resource.k8s.io', 'resourceslices'),
  allow('get', 'core', 'serviceaccounts'),
];

const controllerManager = [
  writeEvents,
  allow('create', 'coordination.k8s.io', 'leases'),
  allow('get update', 'coordination.k8s.io', 'leases', 'kube-controller-manager'),
  allow('create', 'core', 'secrets serviceaccounts'),
  allow('delete', 'core', 'secrets'),
  allow('get', 'core', 'namespaces secrets serviceaccounts configmaps'),
  allow('update', 'core', 'secrets serviceaccounts'),
  ...reviews,
  allow('list watch', '*', '*'),
  allow('create', 'core', 'serviceaccounts/token'),
];

const scheduler = [
  writeEvents,
  allow('create', 'coordination.k8s.io', 'leases'),
  allow('get list update watch', 'coordination.k8s.io', 'leases', 'kube-scheduler'),
  allow(read, 'core', 'nodes'),
  allow(`${read} delete`, 'core', 'pods'),
  allow('create', 'core', 'pods/binding bindings'),
  allow('patch update', 'core', 'pods/status'),
  allow(read, 'core', 'services replicationcontrollers'),
  allow(read, 'apps extensions', 'replicasets'),
  allow(read, 'apps', 'statefulsets'),
  allow(read, 'policy', 'poddisruptionbudgets'),
  allow(read, 'core', 'persistentvolumeclaims persistentvolumes'),
  ...reviews,
  allow(read, 'storage.k8s.io', 'csinodes'),
  allow(read, 'core', 'namespaces'),
  allow(read, 'storage.k8s.io', 'csidrivers'),
  allow(read, 'storage.k8s.io', 'csistoragecapacities'),
  allow(read, 'storage.k8s.io', 'volumeattachments'),
  allow(read, 'resource.k8s.io', 'deviceclasses'),
  allow(readUpdate, 'resource.k8s.io', 'resourceclaims'),
  allow(readUpdate, 'resource.k8s.io', 'resourceclaims/status'),
  allow(read, 'core', 'pods/finalizers'),
  allow(read, 'resource.k8s.io', 'resourceslices'),
  allow(read, 'resource.k8s.io', 'devicetaintrules'),
];

const approves = (signer: string): DefaultRole => ({
  name: `system:certificates.k8s.io:${signer}-approver`,
  rules: [allow('approve', signers, 'signers', `kubernetes.io/${signer}`)],
});
const requestsFor = (kind: string): DefaultRole => ({
  name: `system:certificates.k8s.io:certificatesigningrequests:${kind}`,
  rules: [allow('create', signers, `certificatesigningrequests/${kind}`)],
});

/** What the components of a cluster and everybody's tools hold. */
export const componentRoles: readonly DefaultRole[] = [
  {
    name: 'system:discovery',
    rules: [allowPaths('get', `${health} ${version} /openapi /openapi/* /api /api/* /apis /apis/*`)],
  },
  {
    name: 'system:monitoring',
    rules: [allowPaths('get', `/metrics /metrics/slis ${health} /livez/* /readyz/* /healthz/*`)],
  },
  {
    name: 'system:basic-user',
    rules: [
      allow('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
      allow('create', 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
  },
  { name: 'system:public-info-viewer', rules: [allowPaths('get', `${health} ${version}`)] },
  {
    name: 'system:heapster',
    rules: [allow(read, 'core', 'events pods nodes namespaces'), allow(read, 'extensions', 'deployments')],
  },
  { name: 'system:node', rules: nodeRules },
  {
    name: 'system:node-problem-detector',
    rules: [allow('get', 'core', 'nodes'), allow('patch', 'core', 'nodes/status'), writeEvents],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      allow(read, 'core', 'nodes'),
      allow('proxy', 'core', 'nodes'),
      allow(
        '*',
        'core',
        'nodes/proxy nodes/metrics nodes/stats nodes/log nodes/healthz nodes/configz nodes/pods nodes/checkpoint',
      ),
    ],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [allow(`create ${read}`, signers, 'certificatesigningrequests')],
  },
  { name: 'system:auth-delegator', rules: reviews },
  { name: 'system:kube-aggregator', rules: [allow(read, 'core', 'services endpoints')] },
  { name: 'system:kube-controller-manager', rules: controllerManager },
  { name: 'system:kube-dns', rules: [allow('list watch', 'core', 'endpoints services')] },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      allow(`${read} create delete`, 'core', 'persistentvolumes'),
      allow(`${read} update`, 'core', 'persistentvolumeclaims'),
      allow(read, 'storage.k8s.io', 'storageclasses'),
      allow('watch', 'core', 'events'),
      writeEvents,
    ],
  },
  requestsFor('nodeclient'),
  requestsFor('selfnodeclient'),
  {
    name: 'system:volume-scheduler',
    rules: [
      allow(readUpdate, 'core', 'persistentvolumes'),
      allow(read, 'storage.k8s.io', 'storageclasses'),
      allow(readUpdate, 'core', 'persistentvolumeclaims'),
    ],
  },
  approves('legacy-unknown'),
  approves('kubelet-serving'),
  approves('kube-apiserver-client'),
  approves('kube-apiserver-client-kubelet'),
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      allowPaths(
        'get',
        '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
      ),
    ],
  },
  {
    name: 'system:node-proxier',
    rules: [
      allow('list watch', 'core', 'services endpoints'),
      allow(read, 'core', 'nodes'),
      writeEvents,
      allow('list watch', 'discovery.k8s.io', 'endpointslices'),
      allow('list watch', 'networking.k8s.io', 'servicecidrs'),
    ],
  },
  { name: 'system:kube-scheduler', rules: scheduler },
  // Not of Kubernetes: who may ask for credentials of the bus, which give no more than the rest of their rules.
  { name: 'system:nestor:bus-subscriber', rules: [allow('create', 'bus.nestor.dev', 'buscredentials')] },
];

const everybody = [group('system:authenticated')];

/** system:node keeps its binding and binds nobody: what nodes may do is the node authorizer's. */
export const componentBindings: readonly DefaultBinding[] = [
  { role: 'cluster-admin', subjects: [group('system:masters')] },
  { role: 'system:monitoring', subjects: [group('system:monitoring')] },
  { role: 'system:discovery', subjects: everybody },
  { role: 'system:basic-user', subjects: everybody },
  { role: 'system:public-info-viewer', subjects: [...everybody, group('system:unauthenticated')] },
  { role: 'system:node-proxier', subjects: [user('system:kube-proxy')] },
  { role: 'system:kube-controller-manager', subjects: [user('system:kube-controller-manager')] },
  { role: 'system:kube-dns', subjects: [account('kube-dns')] },
  { role: 'system:kube-scheduler', subjects: [user('system:kube-scheduler')] },
  { role: 'system:volume-scheduler', subjects: [user('system:kube-scheduler')] },
  { role: 'system:node', subjects: [] },
  // The API server itself, as kubelets see it; upstream leaves this binding to who sets up the cluster.
  { role: 'system:kubelet-api-admin', subjects: [user('kube-apiserver-kubelet-client')] },
  {
    role: 'system:nestor:bus-subscriber',
    subjects: [
      group('system:nodes'),
      ...['system:kube-scheduler', 'system:kube-controller-manager', 'system:kube-proxy'].map(user),
      user('system:nestor:simulated-nodes'),
    ],
  },
  { role: 'system:service-account-issuer-discovery', subjects: [group('system:serviceaccounts')] },
];

/**
 * The process that runs all simulated nodes has one identity, so it holds what a node may do for all nodes: it is for
 * tests and scale work, and no real kubelet gets its certificate.
 */
export const simulatedNodesGrant: ComponentGrant = {
  role: 'system:node',
  user: 'system:nestor:simulated-nodes',
  rules: nodeRules,
};
