import type { AdmissionPlugin, AdmissionRequest } from '@nestor/admission';
import { forbidden, semanticEqual, type CertificateSigningRequest } from '@nestor/api';
import type { Authorizer } from '@nestor/auth';

const group = 'certificates.k8s.io';
const plural = 'certificatesigningrequests';

const isUpdateOf = (request: AdmissionRequest, subresource: string): boolean =>
  request.operation === 'UPDATE' &&
  request.group === group &&
  request.resource === plural &&
  request.subresource === subresource;

/** For the signer itself or for all of its domain. */
async function checkSigner(
  authorizer: Authorizer,
  { user, old, name: request }: AdmissionRequest,
  verb: string,
): Promise<void> {
  const signer = (old as CertificateSigningRequest).spec?.signerName ?? '';
  const what = { user, verb, apiGroup: group, apiVersion: '*', resource: 'signers', subresource: '', path: '' };
  const may = async (name: string): Promise<boolean> =>
    (await authorizer.authorize({ ...what, namespace: '', name })).decision === 'allow';
  if ((await may(signer)) || (await may(`${signer.split('/')[0]}/*`))) return;
  const text = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`;
  throw forbidden({ group, resource: plural }, request, text);
}

/** Who approves for a signer needs the right to, besides that to write the request. */
export class CertificateApprovalPlugin implements AdmissionPlugin {
  readonly name = 'CertificateApproval';
  constructor(private readonly authorizer: Authorizer) {}

  handles(request: AdmissionRequest): boolean {
    return isUpdateOf(request, 'approval');
  }

  async validate(request: AdmissionRequest): Promise<void> {
    await checkSigner(this.authorizer, request, 'approve');
  }
}

/** Who issues for a signer, or says that it would not, needs the right to sign for it. */
export class CertificateSigningPlugin implements AdmissionPlugin {
  readonly name = 'CertificateSigning';
  constructor(private readonly authorizer: Authorizer) {}

  handles(request: AdmissionRequest): boolean {
    return isUpdateOf(request, 'status');
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const [old, next] = [request.old, request.object].map((one) => (one as CertificateSigningRequest).status);
    if (old?.certificate === next?.certificate && semanticEqual(old?.conditions, next?.conditions)) return;
    await checkSigner(this.authorizer, request, 'sign');
  }
}
