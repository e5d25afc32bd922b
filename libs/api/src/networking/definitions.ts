import type { ResourceDefinition } from '../resource-definition';
import { ingressDefinition } from './ingress';
import { ingressClassDefinition } from './ingress-class';
import { ipAddressDefinition } from './ip-address';
import { networkPolicyDefinition } from './network-policy';
import { serviceCidrDefinition } from './service-cidr';

export const networkingDefinitions: readonly ResourceDefinition[] = [
  ingressDefinition,
  ingressClassDefinition,
  ipAddressDefinition,
  networkPolicyDefinition,
  serviceCidrDefinition,
];
