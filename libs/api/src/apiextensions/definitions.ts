import { customResourceDefinitionDefinition } from './custom-resource-definition';
import type { ResourceDefinition } from '../resource-definition';

export const apiextensionsDefinitions: readonly ResourceDefinition[] = [customResourceDefinitionDefinition];
