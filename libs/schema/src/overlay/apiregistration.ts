import { atomic, inPackage, mergeMap, named, struct } from './overlay';
import type { Overlay } from './overlay';

/** k8s.io/kube-aggregator/pkg/apis/apiregistration/v1 */
export const apiregistrationOverlay: Overlay = inPackage('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.', {
  APIService: { metadata: struct, spec: struct, status: struct },
  APIServiceList: { metadata: struct },
  APIServiceSpec: { caBundle: atomic },
  APIServiceStatus: { conditions: mergeMap('type') },
  APIServiceCondition: { status: named('ConditionStatus', ''), type: named('APIServiceConditionType', '') },
});
