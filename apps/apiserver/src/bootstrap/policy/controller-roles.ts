import type { PolicyRule } from '@nestor/auth';
import { allow, read, writeEvents } from './allow';
import { account, type DefaultBinding, type DefaultRole } from './default-role';

const owners = 'apps extensions';
const signers = 'certificates.k8s.io';
const podsStatus = allow('patch update', 'core', 'pods/status');
const claims = 'persistentvolumeclaims';
const volumes = 'persistentvolumes';

/** By the name of the service account in kube-system that holds them. */
const rulesOf: Readonly<Record<string, PolicyRule[]>> = {
  'attachdetach-controller': [
    allow('list watch', 'core', `${volumes} ${claims}`),
    allow(read, 'core', 'nodes'),
    allow('patch update', 'core', 'nodes/status'),
    allow('list watch', 'core', 'pods'),
    writeEvents,
    allow(`${read} create delete`, 'storage.k8s.io', 'volumeattachments'),
    allow(read, 'storage.k8s.io', 'csidrivers'),
    allow(read, 'storage.k8s.io', 'csinodes'),
  ],
  'clusterrole-aggregation-controller': [
    allow(`escalate ${read} update patch`, 'rbac.authorization.k8s.io', 'clusterroles'),
  ],
  'cronjob-controller': [
    allow(`${read} update`, 'batch', 'cronjobs'),
    allow(`${read} create update delete patch`, 'batch', 'jobs'),
    allow('update', 'batch', 'cronjobs/status'),
    allow('update', 'batch', 'cronjobs/finalizers'),
    allow('list watch delete', 'core', 'pods'),
    writeEvents,
  ],
  'daemon-set-controller': [
    allow(read, owners, 'daemonsets'),
    allow('update', owners, 'daemonsets/status'),
    allow('update', owners, 'daemonsets/finalizers'),
    allow('list watch', 'core', 'nodes'),
    allow('list watch create delete patch', 'core', 'pods'),
    allow('create', 'core', 'pods/binding'),
    allow(`${read} create delete update patch`, 'apps', 'controllerrevisions'),
    writeEvents,
  ],
  'deployment-controller': [
    allow(`${read} update`, owners, 'deployments'),
    allow('update', owners, 'deployments/status'),
    allow('update', owners, 'deployments/finalizers'),
    allow(`${read} create update patch delete`, owners, 'replicasets'),
    allow(`${read} update`, 'core', 'pods'),
    writeEvents,
  ],
  'disruption-controller': [
    allow(read, owners, 'deployments'),
    allow(read, owners, 'replicasets'),
    allow(read, 'core', 'replicationcontrollers'),
    allow(read, 'policy', 'poddisruptionbudgets'),
    allow(read, 'apps', 'statefulsets'),
    allow('update', 'policy', 'poddisruptionbudgets/status'),
    podsStatus,
    allow('get', '*', '*/scale'),
    writeEvents,
  ],
  'endpoint-controller': [
    allow(read, 'core', 'services pods'),
    allow(`${read} create update delete`, 'core', 'endpoints'),
    allow('create', 'core', 'endpoints/restricted'),
    writeEvents,
  ],
  'endpointslice-controller': [
    allow(read, 'core', 'services pods nodes'),
    allow('update', 'core', 'services/finalizers'),
    allow(`${read} create update delete`, 'discovery.k8s.io', 'endpointslices'),
    writeEvents,
  ],
  'endpointslicemirroring-controller': [
    allow(read, 'core', 'services endpoints'),
    allow('update', 'core', 'services/finalizers'),
    allow('update', 'core', 'endpoints/finalizers'),
    allow(`${read} create update delete`, 'discovery.k8s.io', 'endpointslices'),
    writeEvents,
  ],
  'expand-controller': [
    allow(`${read} update patch`, 'core', volumes),
    allow('update patch', 'core', `${claims}/status`),
    allow(read, 'core', claims),
    writeEvents,
    allow('get', 'core', 'services'),
  ],
  'ephemeral-volume-controller': [
    allow(read, 'core', 'pods'),
    allow('update', 'core', 'pods/finalizers'),
    allow(`${read} create`, 'core', claims),
    writeEvents,
  ],
  'resource-claim-controller': [
    allow(read, 'core', 'pods'),
    allow('update', 'core', 'pods/finalizers'),
    allow(`${read} create delete`, 'resource.k8s.io', 'resourceclaims'),
    allow('update patch', 'resource.k8s.io', 'resourceclaims resourceclaims/status'),
    podsStatus,
    writeEvents,
  ],
  'device-taint-eviction-controller': [
    allow(`${read} delete`, 'core', 'pods'),
    podsStatus,
    allow(read, 'resource.k8s.io', 'resourceclaims'),
    allow(read, 'resource.k8s.io', 'resourceslices'),
    allow(read, 'resource.k8s.io', 'deviceclasses'),
    allow(read, 'resource.k8s.io', 'devicetaintrules'),
    allow('update patch', 'resource.k8s.io', 'devicetaintrules/status'),
    writeEvents,
  ],
  'generic-garbage-collector': [allow(`${read} patch update delete`, '*', '*'), writeEvents],
  'horizontal-pod-autoscaler': [
    allow(read, 'autoscaling', 'horizontalpodautoscalers'),
    allow('update', 'autoscaling', 'horizontalpodautoscalers/status'),
    allow('get update', '*', '*/scale'),
    allow('list watch', 'core', 'pods'),
    allow('list watch', 'metrics.k8s.io', 'pods'),
    allow(read, 'custom.metrics.k8s.io', '*'),
    allow(read, 'external.metrics.k8s.io', '*'),
    writeEvents,
  ],
  'job-controller': [
    allow(`${read} update patch`, 'batch', 'jobs'),
    allow('update', 'batch', 'jobs/status'),
    allow('update', 'batch', 'jobs/finalizers'),
    allow('list watch create delete patch', 'core', 'pods'),
    writeEvents,
  ],
  'namespace-controller': [
    allow(`${read} delete`, 'core', 'namespaces'),
    allow('update', 'core', 'namespaces/finalize namespaces/status'),
    allow(`${read} delete deletecollection`, '*', '*'),
  ],
  'node-controller': [
    allow(`${read} update delete patch`, 'core', 'nodes'),
    allow('patch update', 'core', 'nodes/status'),
    podsStatus,
    allow(`${read} delete`, 'core', 'pods'),
    writeEvents,
  ],
  'persistent-volume-binder': [
    allow(`${read} update create delete`, 'core', volumes),
    allow('update', 'core', `${volumes}/status`),
    allow(`${read} update`, 'core', claims),
    allow('update', 'core', `${claims}/status`),
    allow(`${read} create delete`, 'core', 'pods'),
    allow(read, 'storage.k8s.io', 'storageclasses'),
    allow('list watch', 'core', 'nodes'),
    writeEvents,
    allow('watch', 'core', 'events'),
    allow('get', 'core', 'services'),
  ],
  'pod-garbage-collector': [
    allow('list watch delete', 'core', 'pods'),
    allow(read, 'core', 'nodes'),
    allow('patch', 'core', 'pods/status'),
  ],
  'replicaset-controller': [
    allow(`${read} update`, owners, 'replicasets'),
    allow('update', owners, 'replicasets/status'),
    allow('update', owners, 'replicasets/finalizers'),
    allow('list watch patch create delete', 'core', 'pods'),
    writeEvents,
  ],
  'replication-controller': [
    allow(`${read} update`, 'core', 'replicationcontrollers'),
    allow('update', 'core', 'replicationcontrollers/status'),
    allow('update', 'core', 'replicationcontrollers/finalizers'),
    allow('list watch patch create delete', 'core', 'pods'),
    writeEvents,
  ],
  'resourcequota-controller': [
    allow('list watch', '*', '*'),
    allow('update', 'core', 'resourcequotas/status'),
    writeEvents,
  ],
  'route-controller': [allow('list watch', 'core', 'nodes'), allow('patch', 'core', 'nodes/status'), writeEvents],
  'service-account-controller': [allow('create', 'core', 'serviceaccounts'), writeEvents],
  'service-controller': [
    allow(read, 'core', 'services'),
    allow('patch update', 'core', 'services/status'),
    allow('list watch', 'core', 'nodes'),
    writeEvents,
  ],
  'service-cidrs-controller': [
    allow(`${read} patch update`, 'networking.k8s.io', 'servicecidrs'),
    allow('patch update', 'networking.k8s.io', 'servicecidrs/finalizers'),
    allow('patch update', 'networking.k8s.io', 'servicecidrs/status'),
    allow(read, 'networking.k8s.io', 'ipaddresses'),
    writeEvents,
  ],
  'statefulset-controller': [
    allow('list watch', 'core', 'pods'),
    allow(read, 'apps', 'statefulsets'),
    allow('update', 'apps', 'statefulsets/status'),
    allow('update', 'apps', 'statefulsets/finalizers'),
    allow('get create delete update patch', 'core', 'pods'),
    allow(`${read} create delete update patch`, 'apps', 'controllerrevisions'),
    allow(`${read} create`, 'core', claims),
    allow('update delete', 'core', claims),
    allow('update', 'core', 'pods/finalizers'),
    writeEvents,
  ],
  'ttl-controller': [allow('update patch list watch', 'core', 'nodes'), writeEvents],
  'certificate-controller': [
    allow(`${read} delete`, signers, 'certificatesigningrequests'),
    allow('update', signers, 'certificatesigningrequests/status certificatesigningrequests/approval'),
    allow('approve', signers, 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
    allow(
      'sign',
      signers,
      'signers',
      'kubernetes.io/legacy-unknown kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving',
    ),
    allow('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    writeEvents,
  ],
  'pvc-protection-controller': [allow(`${read} update`, 'core', claims), allow(read, 'core', 'pods'), writeEvents],
  'pv-protection-controller': [allow(`${read} update`, 'core', volumes), writeEvents],
  'volumeattributesclass-protection-controller': [
    allow(read, 'core', claims),
    allow(read, 'core', volumes),
    allow(`${read} update`, 'storage.k8s.io', 'volumeattributesclasses'),
    writeEvents,
  ],
  'ttl-after-finished-controller': [allow(`${read} delete`, 'batch', 'jobs'), writeEvents],
  'root-ca-cert-publisher': [allow('create update', 'core', 'configmaps'), writeEvents],
  'validatingadmissionpolicy-status-controller': [
    allow(read, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
    allow('get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
    writeEvents,
  ],
  'legacy-service-account-token-cleaner': [
    allow('get', 'core', 'configmaps', 'kube-apiserver-legacy-service-account-token-tracking'),
    allow('patch delete', 'core', 'secrets'),
  ],
  'selinux-warning-controller': [
    writeEvents,
    allow(read, 'core', volumes),
    allow(read, 'core', claims),
    allow(read, 'core', 'pods'),
    allow(read, 'storage.k8s.io', 'csidrivers'),
  ],
};

const prefix = 'system:controller:';

/** What each controller needs where it runs under a service account of its own. */
export const controllerRoles: readonly DefaultRole[] = Object.entries(rulesOf).map(([name, rules]) => ({
  name: `${prefix}${name}`,
  rules,
}));

export const controllerBindings: readonly DefaultBinding[] = Object.keys(rulesOf).map((name) => ({
  role: `${prefix}${name}`,
  subjects: [account(name)],
}));
