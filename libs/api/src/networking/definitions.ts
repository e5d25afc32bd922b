import type { ResourceDefinition } from '../resource-definition';
import { ingressDefinition } from './ingress';
import { ingressClassDefinition } from './ingress-class';
import { networkPolicyDefinition } from './network-policy';

export const networkingDefinitions: readonly ResourceDefinition[] = [
  ingressDefinition,
  ingressClassDefinition,
  networkPolicyDefinition,
];
