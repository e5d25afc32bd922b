import { newEventDefinition } from './event';
import type { ResourceDefinition } from '../resource-definition';

export const eventsDefinitions: readonly ResourceDefinition[] = [newEventDefinition];
