import type { ApiObject, DeepReadonly, Service } from '../meta/json-types';
import { quantityOf } from '../meta/quantity';
import type { Amounts } from './amounts';
import { equalAmounts } from './amounts';
import { countName, type UsageEvaluator } from './usage-evaluator';

const names = new Set([countName('services'), 'services', 'services.nodeports', 'services.loadbalancers']);

/** A load balancer counts the node ports it is given, or, where it wants none, those it names itself. */
function nodePorts({ spec }: DeepReadonly<Service>): number {
  const ports = spec?.ports ?? [];
  if (spec?.type === 'NodePort') return ports.length;
  if (spec?.type !== 'LoadBalancer') return 0;
  return spec.allocateLoadBalancerNodePorts === false ? ports.filter((port) => port.nodePort).length : ports.length;
}

function usageOf(object: DeepReadonly<ApiObject>): Amounts {
  const service = object as DeepReadonly<Service>;
  return new Map([
    [countName('services'), quantityOf(1)],
    ['services', quantityOf(1)],
    ['services.nodeports', quantityOf(nodePorts(service))],
    ['services.loadbalancers', quantityOf(service.spec?.type === 'LoadBalancer' ? 1 : 0)],
  ]);
}

export const serviceUsage: UsageEvaluator = {
  resource: 'services',
  matchingNames: (asked) => asked.filter((name) => names.has(name)),
  usageOf,
  isInScope: () => false,
  freesUsage: (service, old) => !equalAmounts(usageOf(service), usageOf(old)),
};
