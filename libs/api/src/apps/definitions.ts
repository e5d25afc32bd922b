import { deploymentDefinition } from './deployment';
import { replicaSetDefinition } from './replica-set';
import type { ResourceDefinition } from '../resource-definition';

export const appsDefinitions: readonly ResourceDefinition[] = [deploymentDefinition, replicaSetDefinition];
