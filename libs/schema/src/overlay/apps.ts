import { inPackage, initially, mergeMap, named, struct } from './overlay';
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
});
