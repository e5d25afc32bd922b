import { quantityOf } from '../meta/quantity';
import { claimUsage } from './claim-usage';
import { podUsage } from './pod-usage';
import { serviceUsage } from './service-usage';
import { countName, type UsageEvaluator } from './usage-evaluator';

/** Resources that quotas have counted by their bare names since before any could be counted. */
const bareNames = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);
const own = new Map([podUsage, serviceUsage, claimUsage].map((evaluator) => [evaluator.resource, evaluator]));
/** Too many and too short-lived to count. */
const uncounted = new Set(['events', 'events.events.k8s.io']);

function objectCount(resource: string): UsageEvaluator {
  const names = bareNames.has(resource) ? [countName(resource), resource] : [countName(resource)];
  const usage = new Map(names.map((name) => [name, quantityOf(1)]));
  return {
    resource,
    countsAlone: true,
    matchingNames: (asked) => asked.filter((name) => names.includes(name)),
    usageOf: () => usage,
    isInScope: () => false,
  };
}

/** The evaluator of a resource ("deployments.apps"); undefined for what no quota counts. */
export function usageEvaluatorOf(resource: string): UsageEvaluator | undefined {
  return uncounted.has(resource) ? undefined : (own.get(resource) ?? objectCount(resource));
}
