import type { ResourceDefinition } from '../resource-definition';

export const batchDefinitions: readonly ResourceDefinition[] = [];
