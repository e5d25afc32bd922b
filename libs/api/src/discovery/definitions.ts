import { endpointSliceDefinition } from './endpoint-slice';
import type { ResourceDefinition } from '../resource-definition';

export const discoveryDefinitions: readonly ResourceDefinition[] = [endpointSliceDefinition];
