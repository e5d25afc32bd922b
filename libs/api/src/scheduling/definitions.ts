import type { ResourceDefinition } from '../resource-definition';
import { podGroupDefinition } from './pod-group';
import { priorityClassDefinition } from './priority-class';
import { workloadDefinition } from './workload';

export const schedulingDefinitions: readonly ResourceDefinition[] = [
  priorityClassDefinition,
  podGroupDefinition,
  workloadDefinition,
];
