import { atomic, atomicMaps, inPackage, joinOverlays, named, struct } from './overlay';
import type { Overlay } from './overlay';

const object = { metadata: struct, spec: struct };

/** discovery, coordination, events, autoscaling (scale), authentication, authorization and policy (eviction). */
export const otherGroupsOverlay: Overlay = joinOverlays(
  atomicMaps('io.k8s.api.discovery.v1.', 'EndpointPort'),
  inPackage('io.k8s.api.discovery.v1.', {
    EndpointSlice: {
      addressType: named('AddressType', ''),
      endpoints: atomic,
      metadata: struct,
      ports: atomic,
    },
    EndpointSliceList: { metadata: struct },
    Endpoint: { addresses: { listType: 'set' }, conditions: struct },
    EndpointHints: { forNodes: atomic, forZones: atomic },
    // SetDefaults_EndpointPort
    EndpointPort: { name: { default: '' }, protocol: named('Protocol', 'TCP') },
  }),
  inPackage('io.k8s.api.coordination.v1.', {
    Lease: object,
    LeaseList: { metadata: struct },
    LeaseSpec: { strategy: named('CoordinatedLeaseStrategy') },
  }),
  inPackage('io.k8s.api.events.v1.', {
    Event: {
      deprecatedSource: struct,
      metadata: struct,
      regarding: struct,
    },
    EventList: { metadata: struct },
  }),
  inPackage('io.k8s.api.autoscaling.v1.', {
    Scale: { ...object, status: struct },
    ScaleSpec: { replicas: { default: 0 } },
  }),
  inPackage('io.k8s.api.policy.v1.', { Eviction: { metadata: struct } }),
  inPackage('io.k8s.api.authentication.v1.', {
    TokenRequest: { ...object, status: struct },
    TokenRequestStatus: { token: { default: '' } },
    TokenRequestSpec: { audiences: atomic },
    BoundObjectReference: { uid: named('types.UID') },
    TokenReview: { ...object, status: struct },
    TokenReviewSpec: { audiences: atomic },
    TokenReviewStatus: { audiences: atomic, user: struct },
    UserInfo: { groups: atomic },
    SelfSubjectReview: { metadata: struct, status: struct },
    SelfSubjectReviewStatus: { userInfo: struct },
  }),
  inPackage('io.k8s.api.authorization.v1.', {
    SubjectAccessReview: { ...object, status: struct },
    SubjectAccessReviewSpec: { groups: atomic },
    SelfSubjectAccessReview: { ...object, status: struct },
    LocalSubjectAccessReview: { ...object, status: struct },
    SelfSubjectRulesReview: { ...object, status: struct },
    SubjectRulesReviewStatus: { nonResourceRules: atomic, resourceRules: atomic },
    NonResourceRule: { nonResourceURLs: atomic, verbs: atomic },
    ResourceRule: { apiGroups: atomic, resourceNames: atomic, resources: atomic, verbs: atomic },
    FieldSelectorAttributes: { requirements: atomic },
    LabelSelectorAttributes: { requirements: atomic },
  }),
);
