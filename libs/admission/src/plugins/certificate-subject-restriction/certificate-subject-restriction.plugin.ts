import { forbidden, requestedOrganizations, type CertificateSigningRequest } from '@nestor/api';
import type { AdmissionPlugin, AdmissionRequest } from '../../admission-plugin';

const group = 'certificates.k8s.io';
const resource = 'certificatesigningrequests';
const signer = 'kubernetes.io/kube-apiserver-client';
const masters = 'system:masters';

/** Nobody becomes master of a cluster by a certificate that somebody approves. */
export class CertificateSubjectRestrictionPlugin implements AdmissionPlugin {
  readonly name = 'CertificateSubjectRestriction';

  handles(request: AdmissionRequest): boolean {
    return (
      request.operation === 'CREATE' &&
      request.group === group &&
      request.resource === resource &&
      request.subresource === ''
    );
  }

  validate({ object, name }: AdmissionRequest): void {
    const { spec } = object as CertificateSigningRequest;
    if (spec?.signerName !== signer || !requestedOrganizations(spec.request).includes(masters)) return;
    throw forbidden({ group, resource }, name, `use of ${signer} signer with ${masters} group is not allowed`);
  }
}
