import type { ResourceDefinition } from '../resource-definition';

export const certificatesDefinitions: readonly ResourceDefinition[] = [];
