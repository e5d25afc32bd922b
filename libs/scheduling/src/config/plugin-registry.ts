import { parseGoDuration, type DeepReadonly, type Pod } from '@nestor/api';
import type { PodSelector } from '../cache/pod-selector';
import type { SchedulingPlugin } from '../framework/plugin';
import type { Filters } from '../framework/run-filters';
import type { SchedulerHandle } from '../framework/scheduler-handle';
import { DefaultBinder, PostBinding } from '../plugins/default-binder/default-binder.plugin';
import { DefaultPreemption, PreemptionNeeds } from '../plugins/default-preemption/default-preemption.plugin';
import type { ClaimWrites } from '../plugins/dynamic-resources/claim-writer';
import { DynamicResources, type DynamicResourcesSettings } from '../plugins/dynamic-resources/dynamic-resources.plugin';
import { GangScheduling } from '../plugins/gang-scheduling/gang-scheduling.plugin';
import { ImageLocality } from '../plugins/image-locality/image-locality.plugin';
import { InterPodAffinity } from '../plugins/inter-pod-affinity/inter-pod-affinity.plugin';
import { NodeAffinity } from '../plugins/node-affinity/node-affinity.plugin';
import { NodeName } from '../plugins/node-name/node-name.plugin';
import { NodePorts } from '../plugins/node-ports/node-ports.plugin';
import { NodeResourcesBalancedAllocation } from '../plugins/node-resources-balanced-allocation/node-resources-balanced-allocation.plugin';
import { NodeResourcesFit } from '../plugins/node-resources-fit/node-resources-fit.plugin';
import { NodeUnschedulable } from '../plugins/node-unschedulable/node-unschedulable.plugin';
import { PodTopologySpread } from '../plugins/pod-topology-spread/pod-topology-spread.plugin';
import type { RawConstraint } from '../plugins/pod-topology-spread/spread-constraint';
import { PrioritySort } from '../plugins/priority-sort/priority-sort.plugin';
import { SchedulingGates } from '../plugins/scheduling-gates/scheduling-gates.plugin';
import { TaintToleration } from '../plugins/taint-toleration/taint-toleration.plugin';
import { NodeVolumeLimits } from '../plugins/node-volume-limits/node-volume-limits.plugin';
import type { VolumeWrites } from '../plugins/volume-binding/bind-volumes';
import { VolumeBinding } from '../plugins/volume-binding/volume-binding.plugin';
import { VolumeRestrictions } from '../plugins/volume-restrictions/volume-restrictions.plugin';
import { VolumeZone } from '../plugins/volume-zone/volume-zone.plugin';
import type { DynamicResourcesArgs, PluginReference } from './kube-scheduler-configuration';
import { defaultMultiPoint } from './plugin-sets';

export type { PostBinding };

/** The scheduler, and the profile that the plugin is made for. */
export interface PluginHandle extends SchedulerHandle {
  readonly schedulerName: string;
  filters(): Filters;
}

/** Makes a plugin from its defaulted arguments, once for each profile that enables it. */
export type PluginFactory = (args: Readonly<Record<string, unknown>>, handle: PluginHandle) => SchedulingPlugin;

/** Plugins by name. In-tree and out-of-tree ones are the same to it. */
export type PluginRegistry = ReadonlyMap<string, PluginFactory>;

export interface DefaultPluginNeeds {
  postBinding: PostBinding;
  /** Without them no pod is preempted. */
  preemption?: PreemptionNeeds;
  /** Without them no claims are bound for pods. */
  volumes?: VolumeWrites;
  /** Without them pods get no devices. */
  claims?: ClaimWrites;
  /** See PodTopologySpreadArgs.defaultSelector. */
  defaultSelector?(pod: DeepReadonly<Pod>): PodSelector | undefined;
}

export function defaultRegistry({
  postBinding,
  preemption,
  volumes,
  claims,
  defaultSelector,
}: DefaultPluginNeeds): Map<string, PluginFactory> {
  const factories: Record<string, PluginFactory> = {
    SchedulingGates: () => new SchedulingGates(),
    PrioritySort: () => new PrioritySort(),
    NodeUnschedulable: () => new NodeUnschedulable(),
    NodeName: () => new NodeName(),
    TaintToleration: () => new TaintToleration(),
    NodeAffinity: (args) => new NodeAffinity(args),
    NodePorts: () => new NodePorts(),
    NodeResourcesFit: (args, { devices }) => new NodeResourcesFit(args, claims && devices.classFor),
    VolumeRestrictions: (_args, { storage }) => new VolumeRestrictions(storage),
    NodeVolumeLimits: (_args, { storage }) => new NodeVolumeLimits(storage),
    VolumeZone: (_args, { storage }) => new VolumeZone(storage),
    PodTopologySpread: (args) => new PodTopologySpread({ ...spreadDefaults(args), defaultSelector }),
    InterPodAffinity: (args) => new InterPodAffinity(args),
    NodeResourcesBalancedAllocation: (args) => new NodeResourcesBalancedAllocation(args),
    ImageLocality: () => new ImageLocality(),
    DefaultBinder: () => new DefaultBinder(postBinding),
    GangScheduling: (_args, { podGroups }) => new GangScheduling(podGroups),
  };
  if (preemption) factories['DefaultPreemption'] = (args, handle) => new DefaultPreemption(args, preemption, handle);
  if (claims)
    factories['DynamicResources'] = (args, { devices, schedulerName }) =>
      new DynamicResources(devices, claims, { ...timeouts(args), profile: schedulerName });
  if (volumes) factories['VolumeBinding'] = (args, handle) => new VolumeBinding(args, volumes, handle);
  return new Map(Object.entries(factories));
}

function timeouts(args: Readonly<Record<string, unknown>>): DynamicResourcesSettings {
  const { filterTimeout, bindingTimeout } = args as unknown as DynamicResourcesArgs;
  return {
    filterTimeoutMs: parseGoDuration(filterTimeout) || Infinity,
    bindingTimeoutMs: parseGoDuration(bindingTimeout),
  };
}

function spreadDefaults(args: Readonly<Record<string, unknown>>): { defaultConstraints?: readonly RawConstraint[] } {
  if (args['defaultingType'] !== 'List') return {};
  return { defaultConstraints: (args['defaultConstraints'] ?? []) as readonly RawConstraint[] };
}

/** The default plugins, as far as the registry has them. */
export function defaultPluginsIn(registry: PluginRegistry): PluginReference[] {
  return defaultMultiPoint.filter(({ name }) => registry.has(name));
}
