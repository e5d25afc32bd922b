import type { ResourceDefinition } from '../resource-definition';
import { storageVersionDefinition } from './storage-version';

export const apiserverinternalDefinitions: readonly ResourceDefinition[] = [storageVersionDefinition];
