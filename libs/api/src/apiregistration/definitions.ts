import type { ResourceDefinition } from '../resource-definition';
import { apiServiceDefinition } from './api-service';

export const apiregistrationDefinitions: readonly ResourceDefinition[] = [apiServiceDefinition];
