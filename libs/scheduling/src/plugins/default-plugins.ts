import type { WeightedPlugin } from '../framework/profile';
import { DefaultBinder, PostBinding } from './default-binder/default-binder.plugin';
import { ImageLocality } from './image-locality/image-locality.plugin';
import { InterPodAffinity } from './inter-pod-affinity/inter-pod-affinity.plugin';
import { NodeAffinity } from './node-affinity/node-affinity.plugin';
import { NodeName } from './node-name/node-name.plugin';
import { NodePorts } from './node-ports/node-ports.plugin';
import { NodeResourcesBalancedAllocation } from './node-resources-balanced-allocation/node-resources-balanced-allocation.plugin';
import { NodeResourcesFit } from './node-resources-fit/node-resources-fit.plugin';
import { NodeUnschedulable } from './node-unschedulable/node-unschedulable.plugin';
import { NodeVolumeLimits } from './node-volume-limits/node-volume-limits.plugin';
import { PodTopologySpread } from './pod-topology-spread/pod-topology-spread.plugin';
import { PrioritySort } from './priority-sort/priority-sort.plugin';
import { SchedulingGates } from './scheduling-gates/scheduling-gates.plugin';
import { TaintToleration } from './taint-toleration/taint-toleration.plugin';
import type { VolumeWrites } from './volume-binding/bind-volumes';
import { VolumeBinding, VolumeBindingHandle } from './volume-binding/volume-binding.plugin';
import { VolumeRestrictions } from './volume-restrictions/volume-restrictions.plugin';
import { VolumeZone } from './volume-zone/volume-zone.plugin';

/** What the plugins that look at volumes need; without it there are none of them. */
export interface VolumeNeeds {
  readonly handle: VolumeBindingHandle;
  readonly writes: VolumeWrites;
  readonly bindTimeoutSeconds?: number;
}

function volumePlugins({ handle, writes, bindTimeoutSeconds }: VolumeNeeds): WeightedPlugin[] {
  return [
    { plugin: new VolumeRestrictions(handle.storage) },
    { plugin: new NodeVolumeLimits(handle.storage) },
    { plugin: new VolumeBinding({ bindTimeoutSeconds }, writes, handle) },
    { plugin: new VolumeZone(handle.storage) },
  ];
}

/** The default plugins with kube-scheduler's weights, in its order (cheap and decisive filters first). */
export function defaultPlugins(postBinding: PostBinding, volumes?: VolumeNeeds): WeightedPlugin[] {
  return [
    { plugin: new SchedulingGates() },
    { plugin: new PrioritySort() },
    { plugin: new NodeUnschedulable() },
    { plugin: new NodeName() },
    { plugin: new TaintToleration(), weight: 3 },
    { plugin: new NodeAffinity(), weight: 2 },
    { plugin: new NodePorts() },
    { plugin: new NodeResourcesFit(), weight: 1 },
    ...(volumes ? volumePlugins(volumes) : []),
    { plugin: new PodTopologySpread(), weight: 2 },
    { plugin: new InterPodAffinity(), weight: 2 },
    { plugin: new NodeResourcesBalancedAllocation(), weight: 1 },
    { plugin: new ImageLocality(), weight: 1 },
    { plugin: new DefaultBinder(postBinding) },
  ];
}
