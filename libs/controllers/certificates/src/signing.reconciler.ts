import { readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { isConditionTrue, type CertificateSigningRequest, type DeepReadonly } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcileResult, type ReconcilesObjects } from '@nestor/controller-kit';
import { readRequest, signRequest, type Authority } from '@nestor/pki';
import { CERTIFICATES_OPTIONS, type AuthorityFiles, type CertificatesOptions } from './certificates.options';
import { builtInSigners, validity, validSeconds } from './signers';

const yearSeconds = 365 * 24 * 3600;

/** Issues what was approved, for the signers that Kubernetes has built in. */
@Reconciler({
  name: 'certificatesigningrequest-signing-controller',
  for: 'certificates.k8s.io/v1/CertificateSigningRequest',
})
@Injectable()
export class CertificateSigningReconciler implements ReconcilesObjects {
  private readonly requests: Informer<CertificateSigningRequest>;
  private readonly client: ResourceClient<CertificateSigningRequest>;

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    @Inject(CERTIFICATES_OPTIONS) private readonly options: CertificatesOptions,
  ) {
    this.requests = informers.informer(refs.certificateSigningRequests);
    this.client = client.resource(refs.certificateSigningRequests);
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const request = this.requests.lister.get('', name);
    if (!request || !isToBeSigned(request)) return;
    const signer = request.spec?.signerName ?? '';
    const [rule, files] = [builtInSigners.get(signer), this.filesFor(signer)];
    if (!rule || !files) return;
    const { request: body = '', usages = [], expirationSeconds } = request.spec ?? {};
    const pem = Buffer.from(body, 'base64').toString('utf8');
    const problem = rule({ certificate: readRequest(pem), usages });
    if (problem) {
      await this.fail(request, problem);
      return;
    }
    const seconds = validSeconds(expirationSeconds, this.options.signingSeconds ?? yearSeconds);
    const issued = await signRequest(authorityIn(files), pem, { usages, ...validity(seconds, Date.now()) });
    const copy = structuredClone(request) as CertificateSigningRequest;
    const certificate = Buffer.from(issued).toString('base64');
    await this.client.updateStatus({ ...copy, status: { ...copy.status, certificate } });
  }

  private filesFor(signer: string): AuthorityFiles | undefined {
    return this.options.authorities?.get(signer) ?? this.options.authority;
  }

  private async fail(request: DeepReadonly<CertificateSigningRequest>, message: string): Promise<void> {
    const copy = structuredClone(request) as CertificateSigningRequest;
    const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message };
    const conditions = [...(copy.status?.conditions ?? []), failed];
    await this.client.updateStatus({ ...copy, status: { ...copy.status, conditions } });
  }
}

function authorityIn({ certificateFile, keyFile }: AuthorityFiles): Authority {
  return { certificatePem: readFileSync(certificateFile, 'utf8'), keyPem: readFileSync(keyFile, 'utf8') };
}

function isToBeSigned({ status }: DeepReadonly<CertificateSigningRequest>): boolean {
  const has = (type: string): boolean => isConditionTrue(status?.conditions, type);
  return has('Approved') && !has('Denied') && !has('Failed') && !status?.certificate;
}
