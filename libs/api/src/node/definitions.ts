import type { ResourceDefinition } from '../resource-definition';
import { runtimeClassDefinition } from './runtime-class';

export const nodeDefinitions: readonly ResourceDefinition[] = [runtimeClassDefinition];
