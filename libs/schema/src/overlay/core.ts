import {
  atomic,
  atomicMaps,
  inPackage,
  initially,
  joinOverlays,
  mapOf,
  merge,
  mergeMap,
  named,
  struct,
} from './overlay';
import type { Overlay } from './overlay';

const CORE = 'io.k8s.api.core.v1.';
const object = { metadata: struct, spec: struct, status: struct };
const list = { metadata: struct };

/** k8s.io/api/core/v1 without pods, volumes and nodes, with the unconditional part of pkg/apis/core/v1/defaults.go. */
export const coreOverlay: Overlay = joinOverlays(
  atomicMaps(CORE, 'ObjectReference LocalObjectReference'),
  inPackage(CORE, {
    Namespace: object,
    NamespaceList: list,
    NamespaceSpec: { finalizers: { ...atomic, items: { type: 'string', goType: 'v1.FinalizerName' } } },
    NamespaceStatus: { conditions: mergeMap('type'), phase: named('NamespacePhase', 'Active') },
    NamespaceCondition: { status: named('ConditionStatus', ''), type: named('NamespaceConditionType', '') },
    Service: object,
    ServiceList: list,
    ServiceSpec: {
      clusterIPs: atomic,
      externalIPs: atomic,
      externalTrafficPolicy: named('ServiceExternalTrafficPolicy'),
      internalTrafficPolicy: named('ServiceInternalTrafficPolicy'),
      ipFamilies: { ...atomic, items: { type: 'string', goType: 'v1.IPFamily' } },
      ipFamilyPolicy: named('IPFamilyPolicy'),
      loadBalancerSourceRanges: atomic,
      ports: { ...mapOf('port', 'protocol'), ...merge('port') },
      selector: { mapType: 'atomic' },
      sessionAffinity: named('ServiceAffinity', 'None'),
      type: named('ServiceType', 'ClusterIP'),
    },
    ServicePort: { protocol: named('Protocol', 'TCP') },
    ServiceStatus: { conditions: mergeMap('type'), loadBalancer: struct },
    LoadBalancerStatus: { ingress: atomic },
    LoadBalancerIngress: { ipMode: named('LoadBalancerIPMode'), ports: atomic },
    PortStatus: { protocol: named('Protocol', '') },
    Endpoints: { metadata: struct, subsets: atomic },
    EndpointsList: list,
    EndpointSubset: { addresses: atomic, notReadyAddresses: atomic, ports: atomic },
    EndpointPort: { protocol: named('Protocol', 'TCP') },
    ConfigMap: { metadata: struct },
    ConfigMapList: list,
    Secret: { metadata: struct, type: named('SecretType', 'Opaque') },
    SecretList: list,
    ServiceAccount: {
      imagePullSecrets: atomic,
      metadata: struct,
      secrets: { ...mapOf('name'), ...merge('name') },
    },
    ServiceAccountList: list,
    Event: {
      involvedObject: struct,
      metadata: struct,
      source: struct,
      reportingComponent: initially(''),
      reportingInstance: initially(''),
    },
    EventList: list,
    Binding: { metadata: struct, target: struct },
    ReplicationController: object,
    ReplicationControllerList: list,
    ReplicationControllerSpec: {
      minReadySeconds: initially(0),
      replicas: initially(1),
      selector: { mapType: 'atomic' },
    },
    ReplicationControllerStatus: { conditions: mergeMap('type') },
    ReplicationControllerCondition: {
      status: named('ConditionStatus', ''),
      type: named('ReplicationControllerConditionType', ''),
    },
    PodTemplate: { metadata: struct, template: struct },
    PodTemplateList: list,
    ObjectReference: { uid: named('types.UID') },
    LocalObjectReference: { name: initially('') },
  }),
  atomicMaps(CORE, 'EndpointAddress EndpointPort TypedLocalObjectReference SecretReference'),
);
