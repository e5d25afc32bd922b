import type { AdmissionPlugin, AdmissionRequest } from '@nestor/admission';
import { forbidden, type CertificateSigningRequest } from '@nestor/api';
import type { Authorizer } from '@nestor/auth';

const group = 'certificates.k8s.io';
const plural = 'certificatesigningrequests';

/** Who approves for a signer, or signs for it, needs the right to, besides that to write the request. */
export class CertificatePlugin implements AdmissionPlugin {
  readonly name = 'CertificateApproval';
  constructor(private readonly authorizer: Authorizer) {}

  handles(request: AdmissionRequest): boolean {
    const { operation, subresource } = request;
    return (
      operation === 'UPDATE' &&
      request.group === group &&
      request.resource === plural &&
      (subresource === 'approval' || subresource === 'status')
    );
  }

  validate(request: AdmissionRequest): void {
    const old = request.old as CertificateSigningRequest;
    const next = request.object as CertificateSigningRequest;
    const isApproval = request.subresource === 'approval';
    if (!isApproval && next.status?.certificate === old.status?.certificate) return;
    const verb = isApproval ? 'approve' : 'sign';
    const signer = old.spec?.signerName ?? '';
    if (this.may(request, verb, signer)) return;
    const text = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`;
    throw forbidden({ group, resource: plural }, request.name, text);
  }

  /** For the signer itself or for all of its domain. */
  private may({ user }: AdmissionRequest, verb: string, signer: string): boolean {
    return [signer, `${signer.split('/')[0]}/*`].some(
      (name) =>
        this.authorizer.authorize({
          user,
          verb,
          apiGroup: group,
          apiVersion: '*',
          resource: 'signers',
          subresource: '',
          namespace: '',
          name,
          path: '',
        }).allowed,
    );
  }
}
