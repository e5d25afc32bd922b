import type { ResourceDefinition } from '../resource-definition';

export const policyDefinitions: readonly ResourceDefinition[] = [];
