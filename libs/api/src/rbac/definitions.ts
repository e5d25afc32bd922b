import type { ResourceDefinition } from '../resource-definition';

export const rbacDefinitions: readonly ResourceDefinition[] = [];
