import { extensionPoints } from '../framework/extension-points';
import type { PluginReference, PluginSet, PluginSetName, Plugins } from './kube-scheduler-configuration';

export const pluginSetNames: readonly PluginSetName[] = ['multiPoint', ...extensionPoints];

/** The plugins every profile has unless it says otherwise, in kube-scheduler's order and with its weights. */
export const defaultMultiPoint: readonly PluginReference[] = [
  { name: 'SchedulingGates' },
  { name: 'PrioritySort' },
  { name: 'NodeUnschedulable' },
  { name: 'NodeName' },
  { name: 'TaintToleration', weight: 3 },
  { name: 'NodeAffinity', weight: 2 },
  { name: 'NodePorts' },
  { name: 'NodeResourcesFit', weight: 1 },
  { name: 'VolumeRestrictions' },
  { name: 'NodeVolumeLimits' },
  { name: 'VolumeBinding' },
  { name: 'VolumeZone' },
  { name: 'PodTopologySpread', weight: 2 },
  { name: 'InterPodAffinity', weight: 2 },
  // Before preemption: giving back a claim that idles is better than to evict a pod.
  { name: 'DynamicResources', weight: 2 },
  { name: 'DefaultPreemption' },
  { name: 'NodeResourcesBalancedAllocation', weight: 1 },
  { name: 'ImageLocality', weight: 1 },
  { name: 'DefaultBinder' },
  { name: 'GangScheduling' },
];

export type GivenPlugins = Partial<Record<PluginSetName, Partial<PluginSet> | null>>;

/** mergePlugins: what the user enables replaces a default in its place or joins behind, what it disables goes. */
export function mergePlugins(defaults: readonly PluginReference[], given: GivenPlugins | undefined): Plugins {
  const merged = {} as Plugins;
  for (const name of pluginSetNames) {
    const base = name === 'multiPoint' ? defaults : [];
    merged[name] = mergeSet(base, given?.[name]?.enabled ?? [], given?.[name]?.disabled ?? []);
  }
  return merged;
}

function mergeSet(
  defaults: readonly PluginReference[],
  enabled: readonly PluginReference[],
  disabled: readonly PluginReference[],
): PluginSet {
  const off = new Set(disabled.map(({ name }) => name));
  const replaced = new Set<number>();
  const kept = off.has('*') ? [] : defaults.filter(({ name }) => !off.has(name));
  const first = kept.map((reference) => {
    const at = enabled.findLastIndex(({ name }) => name === reference.name);
    if (at < 0) return reference;
    replaced.add(at);
    return enabled[at] as PluginReference;
  });
  const rest = enabled.filter((_reference, at) => !replaced.has(at));
  return { enabled: [...first, ...rest], disabled: disabled.map(({ name }) => ({ name })) };
}
