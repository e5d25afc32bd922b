import type { ResourceDefinition } from '../resource-definition';

export const networkingDefinitions: readonly ResourceDefinition[] = [];
