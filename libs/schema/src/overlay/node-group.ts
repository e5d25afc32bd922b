import { atomic, inPackage, quantities, struct } from './overlay';
import type { Overlay } from './overlay';

/** k8s.io/api/node/v1 */
export const nodeGroupOverlay: Overlay = inPackage('io.k8s.api.node.v1.', {
  RuntimeClass: { metadata: struct },
  RuntimeClassList: { metadata: struct },
  Overhead: { podFixed: quantities },
  Scheduling: { nodeSelector: { mapType: 'atomic' }, tolerations: atomic },
});
