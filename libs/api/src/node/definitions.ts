import type { ResourceDefinition } from '../resource-definition';

export const nodeDefinitions: readonly ResourceDefinition[] = [];
