import { RAW_EXTENSION, inPackage, initially, mergeMap, named, struct } from './overlay';
import type { Overlay } from './overlay';

const conditions = mergeMap('type');

/** k8s.io/api/apps/v1 with pkg/apis/apps/v1/defaults.go */
export const appsOverlay: Overlay = inPackage('io.k8s.api.apps.v1.', {
  Deployment: { metadata: struct, spec: struct, status: struct },
  DeploymentList: { metadata: struct },
  DeploymentSpec: {
    progressDeadlineSeconds: initially(600),
    replicas: initially(1),
    revisionHistoryLimit: initially(10),
    strategy: { ...struct, patchStrategy: 'retainKeys' },
    template: struct,
  },
  DeploymentStrategy: { type: named('DeploymentStrategyType', 'RollingUpdate') },
  DeploymentStatus: { conditions },
  DeploymentCondition: { status: named('ConditionStatus', ''), type: named('DeploymentConditionType', '') },
  ReplicaSet: { metadata: struct, spec: struct, status: struct },
  ReplicaSetList: { metadata: struct },
  ReplicaSetSpec: { replicas: initially(1), template: struct },
  ReplicaSetStatus: { conditions },
  ReplicaSetCondition: { status: named('ConditionStatus', ''), type: named('ReplicaSetConditionType', '') },
  StatefulSet: { metadata: struct, spec: struct, status: struct },
  StatefulSetList: { metadata: struct },
  StatefulSetSpec: {
    podManagementPolicy: named('PodManagementPolicyType', 'OrderedReady'),
    replicas: initially(1),
    revisionHistoryLimit: initially(10),
    serviceName: initially(''),
    template: struct,
    updateStrategy: struct,
    volumeClaimTemplates: { listType: 'atomic' },
  },
  StatefulSetPersistentVolumeClaimRetentionPolicy: {
    whenDeleted: named('PersistentVolumeClaimRetentionPolicyType', 'Retain'),
    whenScaled: named('PersistentVolumeClaimRetentionPolicyType', 'Retain'),
  },
  StatefulSetOrdinals: { start: initially(0) },
  StatefulSetUpdateStrategy: { type: named('StatefulSetUpdateStrategyType', 'RollingUpdate') },
  StatefulSetStatus: { availableReplicas: initially(0), conditions },
  StatefulSetCondition: { status: named('ConditionStatus', ''), type: named('StatefulSetConditionType', '') },
  DaemonSet: { metadata: struct, spec: struct, status: struct },
  DaemonSetList: { metadata: struct },
  DaemonSetSpec: { revisionHistoryLimit: initially(10), template: struct, updateStrategy: struct },
  DaemonSetUpdateStrategy: { type: named('DaemonSetUpdateStrategyType', 'RollingUpdate') },
  DaemonSetStatus: { conditions },
  DaemonSetCondition: { status: named('ConditionStatus', ''), type: named('DaemonSetConditionType', '') },
  ControllerRevision: { data: { ref: RAW_EXTENSION }, metadata: struct },
  ControllerRevisionList: { metadata: struct },
});
