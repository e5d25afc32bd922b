import type { ResourceDefinition } from '../resource-definition';

export const autoscalingDefinitions: readonly ResourceDefinition[] = [];
