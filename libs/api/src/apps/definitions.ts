import { controllerRevisionDefinition } from './controller-revision';
import { daemonSetDefinition } from './daemon-set';
import { deploymentDefinition } from './deployment';
import { replicaSetDefinition } from './replica-set';
import { statefulSetDefinition } from './stateful-set';
import type { ResourceDefinition } from '../resource-definition';

export const appsDefinitions: readonly ResourceDefinition[] = [
  controllerRevisionDefinition,
  daemonSetDefinition,
  deploymentDefinition,
  replicaSetDefinition,
  statefulSetDefinition,
];
