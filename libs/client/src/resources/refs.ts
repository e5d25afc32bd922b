import type { ApiObject } from '@nestor/api';
import type * as api from '@nestor/api';
import type { ResourceRef } from '../contracts';

/** A ResourceRef that knows the type of its objects; the type exists for the compiler only. */
export interface TypedRef<T extends ApiObject> extends ResourceRef {
  readonly __object?: T;
}

function ref<T extends ApiObject>(group: string, version: string, plural: string, kind: string): TypedRef<T> {
  return { group, version, plural, kind, namespaced: true };
}
function clusterRef<T extends ApiObject>(group: string, version: string, plural: string, kind: string): TypedRef<T> {
  return { group, version, plural, kind, namespaced: false };
}

/** Every built-in resource that a component names. Others (custom resources) come from discovery. */
export const refs = {
  pods: ref<api.Pod>('', 'v1', 'pods', 'Pod'),
  nodes: clusterRef<api.Node>('', 'v1', 'nodes', 'Node'),
  namespaces: clusterRef<api.Namespace>('', 'v1', 'namespaces', 'Namespace'),
  services: ref<api.Service>('', 'v1', 'services', 'Service'),
  endpoints: ref<api.Endpoints>('', 'v1', 'endpoints', 'Endpoints'),
  configMaps: ref<api.ConfigMap>('', 'v1', 'configmaps', 'ConfigMap'),
  secrets: ref<api.Secret>('', 'v1', 'secrets', 'Secret'),
  serviceAccounts: ref<api.ServiceAccount>('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  events: ref<api.CoreEvent>('', 'v1', 'events', 'Event'),
  endpointSlices: ref<api.EndpointSlice>('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  leases: ref<api.Lease>('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  deployments: ref<api.Deployment>('apps', 'v1', 'deployments', 'Deployment'),
  replicaSets: ref<api.ReplicaSet>('apps', 'v1', 'replicasets', 'ReplicaSet'),
  statefulSets: ref<api.StatefulSet>('apps', 'v1', 'statefulsets', 'StatefulSet'),
  daemonSets: ref<api.DaemonSet>('apps', 'v1', 'daemonsets', 'DaemonSet'),
  controllerRevisions: ref<api.ControllerRevision>('apps', 'v1', 'controllerrevisions', 'ControllerRevision'),
  replicationControllers: ref<api.ReplicationController>('', 'v1', 'replicationcontrollers', 'ReplicationController'),
  persistentVolumes: clusterRef<api.PersistentVolume>('', 'v1', 'persistentvolumes', 'PersistentVolume'),
  persistentVolumeClaims: ref<api.PersistentVolumeClaim>('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  resourceQuotas: ref<api.ResourceQuota>('', 'v1', 'resourcequotas', 'ResourceQuota'),
  limitRanges: ref<api.LimitRange>('', 'v1', 'limitranges', 'LimitRange'),
  jobs: ref<api.Job>('batch', 'v1', 'jobs', 'Job'),
  cronJobs: ref<api.CronJob>('batch', 'v1', 'cronjobs', 'CronJob'),
  horizontalPodAutoscalers: ref<api.HorizontalPodAutoscaler>(
    'autoscaling',
    'v2',
    'horizontalpodautoscalers',
    'HorizontalPodAutoscaler',
  ),
  podDisruptionBudgets: ref<api.PodDisruptionBudget>('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  storageClasses: clusterRef<api.StorageClass>('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass'),
  volumeAttachments: clusterRef<api.VolumeAttachment>('storage.k8s.io', 'v1', 'volumeattachments', 'VolumeAttachment'),
  volumeAttributesClasses: clusterRef<api.VolumeAttributesClass>(
    'storage.k8s.io',
    'v1',
    'volumeattributesclasses',
    'VolumeAttributesClass',
  ),
  csiDrivers: clusterRef<api.CsiDriver>('storage.k8s.io', 'v1', 'csidrivers', 'CSIDriver'),
  csiNodes: clusterRef<api.CsiNode>('storage.k8s.io', 'v1', 'csinodes', 'CSINode'),
  csiStorageCapacities: ref<api.CsiStorageCapacity>(
    'storage.k8s.io',
    'v1',
    'csistoragecapacities',
    'CSIStorageCapacity',
  ),
  storageVersions: clusterRef<api.StorageVersion>(
    'internal.apiserver.k8s.io',
    'v1alpha1',
    'storageversions',
    'StorageVersion',
  ),
  deviceClasses: clusterRef<api.DeviceClass>('resource.k8s.io', 'v1', 'deviceclasses', 'DeviceClass'),
  deviceTaintRules: clusterRef<api.DeviceTaintRule>(
    'resource.k8s.io',
    'v1beta2',
    'devicetaintrules',
    'DeviceTaintRule',
  ),
  resourceClaims: ref<api.ResourceClaim>('resource.k8s.io', 'v1', 'resourceclaims', 'ResourceClaim'),
  resourceClaimTemplates: ref<api.ResourceClaimTemplate>(
    'resource.k8s.io',
    'v1',
    'resourceclaimtemplates',
    'ResourceClaimTemplate',
  ),
  resourceSlices: clusterRef<api.ResourceSlice>('resource.k8s.io', 'v1', 'resourceslices', 'ResourceSlice'),
  priorityClasses: clusterRef<api.PriorityClass>('scheduling.k8s.io', 'v1', 'priorityclasses', 'PriorityClass'),
  podGroups: ref<api.PodGroup>('scheduling.k8s.io', 'v1alpha2', 'podgroups', 'PodGroup'),
  workloads: ref<api.Workload>('scheduling.k8s.io', 'v1alpha2', 'workloads', 'Workload'),
  ipAddresses: clusterRef<api.IpAddress>('networking.k8s.io', 'v1', 'ipaddresses', 'IPAddress'),
  serviceCidrs: clusterRef<api.ServiceCidr>('networking.k8s.io', 'v1', 'servicecidrs', 'ServiceCIDR'),
  certificateSigningRequests: clusterRef<api.CertificateSigningRequest>(
    'certificates.k8s.io',
    'v1',
    'certificatesigningrequests',
    'CertificateSigningRequest',
  ),
  clusterRoles: clusterRef<api.ClusterRole>('rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole'),
  validatingAdmissionPolicies: clusterRef<api.ValidatingAdmissionPolicy>(
    'admissionregistration.k8s.io',
    'v1',
    'validatingadmissionpolicies',
    'ValidatingAdmissionPolicy',
  ),
  customResourceDefinitions: clusterRef<api.CustomResourceDefinition>(
    'apiextensions.k8s.io',
    'v1',
    'customresourcedefinitions',
    'CustomResourceDefinition',
  ),
};
