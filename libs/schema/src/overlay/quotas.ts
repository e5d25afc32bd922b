import { atomic, atomicMaps, each, inPackage, joinOverlays, named, quantities, struct } from './overlay';
import type { Overlay } from './overlay';

const object = { metadata: struct, spec: struct };
const list = { metadata: struct };

/** ResourceQuota and LimitRange of k8s.io/api/core/v1. */
export const quotaOverlay: Overlay = joinOverlays(
  atomicMaps('io.k8s.api.core.v1.', 'ScopeSelector'),
  inPackage('io.k8s.api.core.v1.', {
    ResourceQuota: { ...object, status: struct },
    ResourceQuotaList: list,
    ResourceQuotaSpec: {
      hard: quantities,
      scopes: { ...atomic, items: { type: 'string', goType: 'v1.ResourceQuotaScope' } },
    },
    ResourceQuotaStatus: { ...each('hard used', quantities) },
    ScopeSelector: { matchExpressions: atomic },
    ScopedResourceSelectorRequirement: {
      operator: named('ScopeSelectorOperator', ''),
      scopeName: named('ResourceQuotaScope', ''),
      values: atomic,
    },
    LimitRange: object,
    LimitRangeList: list,
    LimitRangeSpec: { limits: atomic },
    LimitRangeItem: {
      ...each('default defaultRequest max maxLimitRequestRatio min', quantities),
      type: named('LimitType', ''),
    },
  }),
);
