import type { ResourceDefinition } from '../resource-definition';
import { podDisruptionBudgetDefinition } from './pod-disruption-budget';

export const policyDefinitions: readonly ResourceDefinition[] = [podDisruptionBudgetDefinition];
