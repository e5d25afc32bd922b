import type { ResourceDefinition } from '../resource-definition';
import { storageClassDefinition } from './storage-class';

export const storageDefinitions: readonly ResourceDefinition[] = [storageClassDefinition];
