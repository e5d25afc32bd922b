import type { ResourceDefinition } from '../resource-definition';

export const admissionregistrationDefinitions: readonly ResourceDefinition[] = [];
