import type { ResourceDefinition } from '../resource-definition';
import { deviceClassDefinition } from './device-class';
import { deviceTaintRuleDefinitions } from './device-taint-rule';
import { resourceClaimDefinition } from './resource-claim';
import { resourceClaimTemplateDefinition } from './resource-claim-template';
import { resourceSliceDefinition } from './resource-slice';

export const resourceDefinitions: readonly ResourceDefinition[] = [
  deviceClassDefinition,
  ...deviceTaintRuleDefinitions,
  resourceClaimDefinition,
  resourceClaimTemplateDefinition,
  resourceSliceDefinition,
];
