import { ExtensionPoint, extensionPoints, servesPoint } from '../framework/extension-points';
import type { SchedulingPlugin } from '../framework/plugin';
import { PluginsByPoint, Profile, WeightedPlugin } from '../framework/profile';
import type { SchedulerHandle } from '../framework/scheduler-handle';
import type { KubeSchedulerProfile, PluginReference } from './kube-scheduler-configuration';
import type { PluginHandle, PluginRegistry } from './plugin-registry';
import { pluginSetNames } from './plugin-sets';

/** Makes the plugins of a profile and puts them in kube-scheduler's order at each extension point. */
export function buildProfile(
  profile: KubeSchedulerProfile,
  registry: PluginRegistry,
  scheduler: SchedulerHandle,
): Profile {
  const made: { profile?: Profile } = {};
  const handle: PluginHandle = {
    cluster: scheduler.cluster,
    nominated: scheduler.nominated,
    podGroups: scheduler.podGroups,
    storage: scheduler.storage,
    devices: scheduler.devices,
    rejectWaiting: (uid, reason) => scheduler.rejectWaiting(uid, reason),
    preemptionEnded: (pod, outcome) => scheduler.preemptionEnded(pod, outcome),
    happened: (event) => scheduler.happened(event),
    random: () => scheduler.random(),
    schedulerName: profile.schedulerName,
    filters: () => {
      if (!made.profile) throw new Error('the profile is still being made');
      return made.profile;
    },
  };
  const instances = makePlugins(profile, registry, handle);
  const weights = scoreWeights(profile, instances);
  const byPoint = {} as Record<ExtensionPoint, WeightedPlugin[]>;
  for (const point of extensionPoints)
    byPoint[point] = pluginsAt(point, profile, instances).map((plugin) => ({
      plugin,
      weight: weights.get(plugin.name) ?? 1,
    }));
  const used = new Set(Object.values(byPoint).flatMap((list) => list.map(({ plugin }) => plugin)));
  const all = [...instances.values()].filter((plugin) => used.has(plugin)).map((plugin) => ({ plugin }));
  made.profile = new Profile(profile.schedulerName, all, {
    byPoint: byPoint satisfies PluginsByPoint,
    percentageOfNodesToScore: profile.percentageOfNodesToScore,
  });
  return made.profile;
}

function makePlugins(
  { plugins, pluginConfig }: KubeSchedulerProfile,
  registry: PluginRegistry,
  handle: PluginHandle,
): Map<string, SchedulingPlugin> {
  const instances = new Map<string, SchedulingPlugin>();
  for (const setName of pluginSetNames) {
    for (const { name } of plugins[setName].enabled) {
      if (instances.has(name)) continue;
      const factory = registry.get(name);
      const point = setName === 'multiPoint' ? 'preFilter' : setName;
      if (!factory)
        throw new Error(`initializing profiles: ${pluginType(point)} ${JSON.stringify(name)} does not exist`);
      const args = pluginConfig.find((config) => config.name === name)?.args ?? {};
      instances.set(name, factory(args, handle));
    }
  }
  return instances;
}

function pluginType(point: ExtensionPoint): string {
  return `${point.charAt(0).toUpperCase()}${point.slice(1)}Plugin`;
}

/**
 * expandMultiPointPlugins: those enabled at the point and by multiPoint first, in the point's order; then those of
 * multiPoint alone; then the rest of the point's.
 */
function pluginsAt(
  point: ExtensionPoint,
  { plugins }: KubeSchedulerProfile,
  instances: ReadonlyMap<string, SchedulingPlugin>,
): SchedulingPlugin[] {
  const { enabled, disabled } = plugins[point];
  const own = uniqueNames(enabled, point);
  const off = new Set(disabled.map(({ name }) => name));
  for (const name of own) if (!servesPoint(instances.get(name) ?? {}, point)) throw notExtending(name, point);
  const multi = off.has('*')
    ? []
    : uniqueNames(plugins.multiPoint.enabled, 'multiPoint').filter(
        (name) => !off.has(name) && servesPoint(instances.get(name) ?? {}, point),
      );
  const overridden = own.filter((name) => multi.includes(name));
  const added = multi.filter((name) => !own.includes(name));
  const rest = own.filter((name) => !overridden.includes(name));
  return [...overridden, ...added, ...rest].map((name) => instances.get(name) as SchedulingPlugin);
}

function uniqueNames(references: readonly PluginReference[], point: string): string[] {
  const names = references.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new Error(
      `initializing profiles: plugin ${JSON.stringify(twice)} already registered as ${JSON.stringify(point)}`,
    );
  return names;
}

function notExtending(name: string, point: ExtensionPoint): Error {
  return new Error(`initializing profiles: plugin ${JSON.stringify(name)} does not extend ${pluginType(point)} plugin`);
}

/** The weight given at score wins over that of multiPoint; 0 means 1. */
function scoreWeights(
  { plugins }: KubeSchedulerProfile,
  instances: ReadonlyMap<string, SchedulingPlugin>,
): Map<string, number> {
  const weights = new Map<string, number>();
  let total = 0;
  for (const { name, weight } of [...plugins.score.enabled, ...plugins.multiPoint.enabled]) {
    if (weights.has(name) || !servesPoint(instances.get(name) ?? {}, 'score')) continue;
    weights.set(name, weight || 1);
    total += (weight || 1) * 100;
    if (total > Number.MAX_SAFE_INTEGER) throw new Error('total score of Score plugins could overflow');
  }
  return weights;
}
