import {
  atomic,
  inPackage,
  initially,
  joinOverlays,
  merge,
  mergeMap,
  named,
  quantities,
  set,
  struct,
  atomicMaps,
} from './overlay';
import type { Overlay } from './overlay';

const CORE = 'io.k8s.api.core.v1.';

/** Node and what hangs off it. */
export const nodeOverlay: Overlay = joinOverlays(
  atomicMaps(CORE, 'NodeSelector NodeSelectorTerm'),
  inPackage(CORE, {
    Node: { metadata: struct, spec: struct, status: struct },
    NodeList: { metadata: struct },
    NodeSpec: { podCIDRs: { ...set, ...merge() }, taints: atomic },
    NodeStatus: {
      addresses: mergeMap('type'),
      allocatable: quantities,
      capacity: quantities,
      conditions: mergeMap('type'),
      daemonEndpoints: struct,
      declaredFeatures: atomic,
      images: atomic,
      nodeInfo: struct,
      phase: named('NodePhase'),
      runtimeHandlers: atomic,
      volumesAttached: atomic,
      volumesInUse: { ...atomic, items: { type: 'string', goType: 'v1.UniqueVolumeName' } },
    },
    NodeAddress: { type: named('NodeAddressType', '') },
    NodeCondition: { status: named('ConditionStatus', ''), type: named('NodeConditionType', '') },
    NodeDaemonEndpoints: { kubeletEndpoint: struct },
    ContainerImage: { names: atomic },
    AttachedVolume: { name: named('UniqueVolumeName', '') },
    Taint: { effect: named('TaintEffect', '') },
    ConfigMapNodeConfigSource: { uid: named('types.UID') },
    NodeRuntimeHandler: { name: initially('') },
    NodeSelector: { nodeSelectorTerms: atomic },
    NodeSelectorTerm: { matchExpressions: atomic, matchFields: atomic },
    NodeSelectorRequirement: { operator: named('NodeSelectorOperator', ''), values: atomic },
    NodeSystemInfo: { bootID: initially('') },
  }),
);
