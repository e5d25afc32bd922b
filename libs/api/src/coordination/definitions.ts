import { leaseDefinition } from './lease';
import type { ResourceDefinition } from '../resource-definition';

export const coordinationDefinitions: readonly ResourceDefinition[] = [leaseDefinition];
