import type * as k8s from '@kubernetes/client-node';

/**
 * The wire form of a client-node model: dates are RFC 3339 strings, and keys that the generator had to escape
 * (_continue, _from, _default) carry their JSON names again.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [K in keyof T as K extends `_${infer Bare}` ? Bare : K]: Wire<T[K]> }
      : T;

/** An API object as it travels: kind, apiVersion and metadata are always there once it has been decoded. */
export type ObjectMeta = Wire<k8s.V1ObjectMeta>;
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [key: string]: unknown;
}

type Stored<T> = Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata'> & {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
};

export type Pod = Stored<k8s.V1Pod>;
export type PodSpec = Wire<k8s.V1PodSpec>;
export type PodStatus = Wire<k8s.V1PodStatus>;
export type PodCondition = Wire<k8s.V1PodCondition>;
export type PodTemplateSpec = Wire<k8s.V1PodTemplateSpec>;
export type Container = Wire<k8s.V1Container>;
export type ContainerStatus = Wire<k8s.V1ContainerStatus>;
export type Probe = Wire<k8s.V1Probe>;
export type Volume = Wire<k8s.V1Volume>;
export type Affinity = Wire<k8s.V1Affinity>;
export type Toleration = Wire<k8s.V1Toleration>;
export type Taint = Wire<k8s.V1Taint>;
export type Node = Stored<k8s.V1Node>;
export type NodeCondition = Wire<k8s.V1NodeCondition>;
export type Namespace = Stored<k8s.V1Namespace>;
export type Service = Stored<k8s.V1Service>;
export type Endpoints = Stored<k8s.V1Endpoints>;
export type EndpointSlice = Stored<k8s.V1EndpointSlice>;
export type ConfigMap = Stored<k8s.V1ConfigMap>;
export type Secret = Stored<k8s.V1Secret>;
export type ServiceAccount = Stored<k8s.V1ServiceAccount>;
export type CoreEvent = Stored<k8s.CoreV1Event>;
export type Lease = Stored<k8s.V1Lease>;
export type Deployment = Stored<k8s.V1Deployment>;
export type DeploymentCondition = Wire<k8s.V1DeploymentCondition>;
export type ReplicaSet = Stored<k8s.V1ReplicaSet>;
export type ReplicaSetCondition = Wire<k8s.V1ReplicaSetCondition>;
export type CustomResourceDefinition = Stored<k8s.V1CustomResourceDefinition>;
export type StatefulSet = Stored<k8s.V1StatefulSet>;
export type DaemonSet = Stored<k8s.V1DaemonSet>;
export type ControllerRevision = Stored<k8s.V1ControllerRevision>;
export type ReplicationController = Stored<k8s.V1ReplicationController>;
export type PodTemplate = Stored<k8s.V1PodTemplate>;
export type PersistentVolume = Stored<k8s.V1PersistentVolume>;
export type PersistentVolumeClaim = Stored<k8s.V1PersistentVolumeClaim>;
export type ResourceQuota = Stored<k8s.V1ResourceQuota>;
export type LimitRange = Stored<k8s.V1LimitRange>;
export type Job = Stored<k8s.V1Job>;
export type CronJob = Stored<k8s.V1CronJob>;
export type JobSpec = Wire<k8s.V1JobSpec>;
export type JobStatus = Wire<k8s.V1JobStatus>;
export type JobCondition = Wire<k8s.V1JobCondition>;
export type PodFailurePolicyRule = Wire<k8s.V1PodFailurePolicyRule>;
export type SuccessPolicyRule = Wire<k8s.V1SuccessPolicyRule>;
export type HorizontalPodAutoscaler = Stored<k8s.V2HorizontalPodAutoscaler>;
export type HorizontalPodAutoscalerV1 = Stored<k8s.V1HorizontalPodAutoscaler>;
export type PodDisruptionBudget = Stored<k8s.V1PodDisruptionBudget>;
export type StorageClass = Stored<k8s.V1StorageClass>;
export type VolumeAttachment = Stored<k8s.V1VolumeAttachment>;
export type CsiDriver = Stored<k8s.V1CSIDriver>;
export type CsiNode = Stored<k8s.V1CSINode>;
export type CsiStorageCapacity = Stored<k8s.V1CSIStorageCapacity>;
export type VolumeAttributesClass = Stored<k8s.V1VolumeAttributesClass>;
export type PriorityClass = Stored<k8s.V1PriorityClass>;
export type StorageVersion = Stored<k8s.V1alpha1StorageVersion>;
export type DeviceClass = Stored<k8s.V1DeviceClass>;
export type ResourceClaim = Stored<k8s.ResourceV1ResourceClaim>;
export type ResourceClaimTemplate = Stored<k8s.V1ResourceClaimTemplate>;
export type DeviceTaintRule = Stored<k8s.V1beta2DeviceTaintRule>;
export type ResourceSlice = Stored<k8s.V1ResourceSlice>;
export type DeviceRequest = Wire<k8s.V1DeviceRequest>;
export type Device = Wire<k8s.V1Device>;
export type DeviceTaint = Wire<k8s.V1DeviceTaint>;
export type DeviceToleration = Wire<k8s.V1DeviceToleration>;
export type AllocationResult = Wire<k8s.V1AllocationResult>;
export type PodGroup = Stored<k8s.V1alpha2PodGroup>;
export type Workload = Stored<k8s.V1alpha2Workload>;
export type Ingress = Stored<k8s.V1Ingress>;
export type IngressClass = Stored<k8s.V1IngressClass>;
export type NetworkPolicy = Stored<k8s.V1NetworkPolicy>;
export type IpAddress = Stored<k8s.V1IPAddress>;
export type ServiceCidr = Stored<k8s.V1ServiceCIDR>;
export type RuntimeClass = Stored<k8s.V1RuntimeClass>;
export type CertificateSigningRequest = Stored<k8s.V1CertificateSigningRequest>;
export type Role = Stored<k8s.V1Role>;
export type RoleBinding = Stored<k8s.V1RoleBinding>;
export type ClusterRole = Stored<k8s.V1ClusterRole>;
export type ClusterRoleBinding = Stored<k8s.V1ClusterRoleBinding>;
export type ValidatingAdmissionPolicy = Stored<k8s.V1ValidatingAdmissionPolicy>;
export type ValidatingAdmissionPolicyBinding = Stored<k8s.V1ValidatingAdmissionPolicyBinding>;
export type MutatingAdmissionPolicy = Stored<k8s.V1MutatingAdmissionPolicy>;
export type MutatingAdmissionPolicyBinding = Stored<k8s.V1MutatingAdmissionPolicyBinding>;
export type ValidatingWebhookConfiguration = Stored<k8s.V1ValidatingWebhookConfiguration>;
export type MutatingWebhookConfiguration = Stored<k8s.V1MutatingWebhookConfiguration>;
export type ApiService = Stored<k8s.V1APIService>;
export type OwnerReference = Wire<k8s.V1OwnerReference>;
export type LabelSelector = Wire<k8s.V1LabelSelector>;
export type ObjectReference = Wire<k8s.V1ObjectReference>;

export type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

// Bodies of subresources and reviews: decoded, answered and never stored.
export type Binding = Stored<k8s.V1Binding>;
export type Eviction = Stored<k8s.V1Eviction>;
export type Scale = Stored<k8s.V1Scale>;
export type TokenRequest = Stored<k8s.AuthenticationV1TokenRequest>;
export type TokenReview = Stored<k8s.V1TokenReview>;
export type SelfSubjectReview = Stored<k8s.V1SelfSubjectReview>;
export type SubjectAccessReview = Stored<k8s.V1SubjectAccessReview>;
export type SelfSubjectAccessReview = Stored<k8s.V1SelfSubjectAccessReview>;
export type LocalSubjectAccessReview = Stored<k8s.V1LocalSubjectAccessReview>;
export type SelfSubjectRulesReview = Stored<k8s.V1SelfSubjectRulesReview>;
export type DeleteOptions = Wire<k8s.V1DeleteOptions>;
