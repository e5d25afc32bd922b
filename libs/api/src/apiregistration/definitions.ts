import type { ResourceDefinition } from '../resource-definition';

export const apiregistrationDefinitions: readonly ResourceDefinition[] = [];
