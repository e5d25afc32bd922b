import { Injectable } from '@nestjs/common';
import type { CertificateSigningRequest, DeepReadonly } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcileResult, type ReconcilesObjects } from '@nestor/controller-kit';
import { readRequest } from '@nestor/pki';
import { approve, isDecided } from './approve';
import { kubeletClientRule, kubeletClientSigner } from './signers';

type Request = DeepReadonly<CertificateSigningRequest>;

const reviews = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};

interface Permission {
  subresource: string;
  message: string;
}

/** Approves kubelets' client certificates where who asks may have them. */
@Reconciler({
  name: 'certificatesigningrequest-approving-controller',
  for: 'certificates.k8s.io/v1/CertificateSigningRequest',
})
@Injectable()
export class CertificateApprovingReconciler implements ReconcilesObjects {
  private readonly requests: Informer<CertificateSigningRequest>;
  private readonly client: ResourceClient<CertificateSigningRequest>;
  private readonly reviews: ResourceClient;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.requests = informers.informer(refs.certificateSigningRequests);
    this.client = client.resource(refs.certificateSigningRequests);
    this.reviews = client.resource(reviews);
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const request = this.requests.lister.get('', name);
    if (!request || isDecided(request)) return;
    const permissions = neededPermissions(request);
    for (const permission of permissions) {
      if (!(await this.mayHave(request, permission.subresource))) continue;
      await approve(this.client, request, permission.message);
      return;
    }
    if (permissions.length > 0)
      throw new Error('recognized the request but its subject access review was not approved');
  }

  private async mayHave({ spec }: Request, subresource: string): Promise<boolean> {
    const { username: user, uid, groups, extra } = spec ?? {};
    const resource = 'certificatesigningrequests';
    const resourceAttributes = { group: 'certificates.k8s.io', resource, verb: 'create', subresource, version: '*' };
    const review = await this.reviews.create({
      apiVersion: 'authorization.k8s.io/v1',
      kind: reviews.kind,
      metadata: {},
      spec: { user, uid, groups, extra, resourceAttributes },
    });
    return (review['status'] as { allowed?: boolean } | undefined)?.allowed === true;
  }
}

/** The permissions of which one will do; none where the request is no kubelet's. */
function neededPermissions({ spec }: Request): Permission[] {
  if (spec?.signerName !== kubeletClientSigner) return [];
  const certificate = readRequest(Buffer.from(spec.request, 'base64').toString('utf8'));
  if (kubeletClientRule({ certificate, usages: spec.usages ?? [] })) return [];
  const self = {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  };
  const other = {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  };
  return certificate.commonName === spec.username ? [self, other] : [other];
}
