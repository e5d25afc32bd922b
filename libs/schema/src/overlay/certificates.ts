import { atomic, inPackage, mapOf, named, struct } from './overlay';
import type { Overlay } from './overlay';

/** k8s.io/api/certificates/v1 */
export const certificatesOverlay: Overlay = inPackage('io.k8s.api.certificates.v1.', {
  CertificateSigningRequest: { metadata: struct, spec: struct, status: struct },
  CertificateSigningRequestList: { metadata: struct },
  CertificateSigningRequestSpec: {
    usages: atomic,
    groups: atomic,
  },
  CertificateSigningRequestCondition: { type: named('RequestConditionType') },
  CertificateSigningRequestStatus: { conditions: mapOf('type') },
});
