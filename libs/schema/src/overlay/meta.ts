import { atomic, atomicMaps, inPackage, joinOverlays, mapOf, merge, META, named, set, struct } from './overlay';
import type { Overlay } from './overlay';

/** k8s.io/apimachinery/pkg/apis/meta/v1 */
export const metaOverlay: Overlay = joinOverlays(
  atomicMaps(META, 'LabelSelector OwnerReference'),
  inPackage(META, {
    ObjectMeta: {
      finalizers: { ...set, ...merge() },
      managedFields: atomic,
      ownerReferences: { ...mapOf('uid'), ...merge('uid') },
      uid: named('types.UID'),
    },
    OwnerReference: { uid: named('types.UID', '') },
    LabelSelector: { matchExpressions: atomic },
    LabelSelectorRequirement: { operator: named('LabelSelectorOperator', ''), values: atomic },
    ManagedFieldsEntry: { fieldsV1: { ref: `${META}FieldsV1` }, operation: named('ManagedFieldsOperationType') },
    DeleteOptions: { dryRun: atomic, propagationPolicy: named('DeletionPropagation') },
    Preconditions: { uid: named('types.UID') },
    Condition: { status: named('ConditionStatus', '') },
    Status: { metadata: struct, details: atomic, reason: named('StatusReason') },
    StatusDetails: { causes: atomic, uid: named('types.UID') },
    FieldSelectorRequirement: { operator: named('FieldSelectorOperator', ''), values: atomic },
    APIGroup: { preferredVersion: struct, serverAddressByClientCIDRs: atomic, versions: atomic },
    APIGroupList: { groups: atomic },
    APIResource: { categories: atomic, shortNames: atomic },
    APIResourceList: { resources: atomic },
    APIVersions: { serverAddressByClientCIDRs: atomic, versions: atomic },
    WatchEvent: { object: { ref: 'io.k8s.apimachinery.pkg.runtime.RawExtension' } },
  }),
);
