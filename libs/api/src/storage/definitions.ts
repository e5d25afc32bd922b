import type { ResourceDefinition } from '../resource-definition';

export const storageDefinitions: readonly ResourceDefinition[] = [];
