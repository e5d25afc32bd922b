import type { ResourceDefinition } from '../resource-definition';
import { podGroupDefinition } from './pod-group';
import { workloadDefinition } from './workload';

export const schedulingDefinitions: readonly ResourceDefinition[] = [podGroupDefinition, workloadDefinition];
