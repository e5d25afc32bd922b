import { cpuAndMemory } from '../plugins/node-resources-fit/node-resources-fit.plugin';
import type { ResourceWeight } from '../plugins/node-resources-fit/resource-shares';
import { pluginArgsShapes } from './configuration-shape';

type Args = Readonly<Record<string, unknown>>;

function resourcesOrDefault(given: unknown): readonly ResourceWeight[] {
  const resources = (given ?? []) as { name?: string; weight?: number | null }[];
  if (resources.length === 0) return cpuAndMemory;
  return resources.map(({ name = '', weight }) => ({ name, weight: weight || 1 }));
}

const defaults: Readonly<Record<string, (args: Args) => Args>> = {
  DefaultPreemption: (args) => ({
    ...args,
    minCandidateNodesPercentage: args['minCandidateNodesPercentage'] ?? 10,
    minCandidateNodesAbsolute: args['minCandidateNodesAbsolute'] ?? 100,
  }),
  DynamicResources: (args) => ({
    ...args,
    filterTimeout: args['filterTimeout'] ?? '10s',
    bindingTimeout: args['bindingTimeout'] ?? '10m0s',
  }),
  InterPodAffinity: (args) => ({
    ...args,
    hardPodAffinityWeight: args['hardPodAffinityWeight'] ?? 1,
    ignorePreferredTermsOfExistingPods: args['ignorePreferredTermsOfExistingPods'] ?? false,
  }),
  NodeAffinity: (args) => args,
  NodeResourcesBalancedAllocation: (args) => ({ ...args, resources: resourcesOrDefault(args['resources']) }),
  NodeResourcesFit: (args) => {
    const strategy = (args['scoringStrategy'] ?? { type: 'LeastAllocated' }) as Args;
    return { ...args, scoringStrategy: { ...strategy, resources: resourcesOrDefault(strategy['resources']) } };
  },
  PodTopologySpread: (args) => ({ ...args, defaultingType: args['defaultingType'] || 'System' }),
  VolumeBinding: (args) => ({ ...args, bindTimeoutSeconds: args['bindTimeoutSeconds'] ?? 600 }),
};

export function hasPluginArgs(name: string): boolean {
  return Object.hasOwn(pluginArgsShapes, name);
}

/** Arguments as the plugin gets them. Those of plugins that are not ours are passed as they are. */
export function defaultPluginArgs(name: string, given: Args): Args {
  const present = Object.fromEntries(
    Object.entries(given).filter(([key, value]) => value !== null && key !== 'kind' && key !== 'apiVersion'),
  );
  return hasPluginArgs(name) ? (defaults[name]?.(present) ?? present) : given;
}
