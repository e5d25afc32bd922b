import type { ResourceDefinition } from '../resource-definition';

export const schedulingDefinitions: readonly ResourceDefinition[] = [];
