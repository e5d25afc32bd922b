import { Injectable } from '@nestjs/common';
import type { CertificateSigningRequest, ConfigMap, DeepReadonly, EndpointSlice, Node, Service } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { readRequest } from '@nestor/pki';
import { approve, isDecided } from './approve';
import { normalAddress, servingProblem } from './serving-approval.plan';
import { kubeletServingSigner } from './signers';

const clusterInfo = { namespace: 'kube-public', fieldSelector: 'metadata.name=cluster-info' };
const apiServers = { namespace: 'default', labelSelector: 'kubernetes.io/service-name=kubernetes' };
const message = 'Auto approving kubelet serving certificate: the node itself asks, for what is its own alone.';

/**
 * Approves the serving certificates of kubelets where a node asks for its own name and addresses. Kubernetes leaves this
 * to somebody's judgement, so it is off unless it is named in --controllers.
 */
@Reconciler({
  name: 'kubelet-serving-approving-controller',
  for: 'certificates.k8s.io/v1/CertificateSigningRequest',
  onByDefault: false,
})
@Injectable()
export class KubeletServingApprovingReconciler implements ReconcilesObjects {
  private readonly requests: Informer<CertificateSigningRequest>;
  private readonly client: ResourceClient<CertificateSigningRequest>;
  private nodes: Informer<Node> | undefined;
  private services: Informer<Service> | undefined;
  private slices: Informer<EndpointSlice> | undefined;
  private info: Informer<ConfigMap> | undefined;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.requests = informers.informer(refs.certificateSigningRequests);
    this.client = client.resource(refs.certificateSigningRequests);
  }

  /** Requests that wait are asked about again when a node comes or changes its addresses. */
  setup({ on, enqueue }: ReconcilerWiring): void {
    const lookAgain = (): void => {
      for (const request of this.requests.lister.list()) if (isOpen(request)) enqueue(request.metadata.name ?? '');
    };
    const addresses = ({ status }: DeepReadonly<Node>): string => JSON.stringify(status?.addresses);
    this.nodes = on(refs.nodes, {
      added: lookAgain,
      updated: (node, old) => {
        if (addresses(node) !== addresses(old)) lookAgain();
      },
      deleted: lookAgain,
    });
    this.services = on(refs.services, {});
    this.slices = on(refs.endpointSlices, {}, apiServers);
    this.info = on(refs.configMaps, {}, clusterInfo);
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const request = this.requests.lister.get('', name);
    if (!request || !isOpen(request)) return;
    const certificate = readRequest(Buffer.from(request.spec?.request ?? '', 'base64').toString('utf8'));
    const nodes = this.nodes?.lister.list() ?? [];
    const problem = servingProblem({ request, certificate, nodes, taken: this.taken() });
    if (problem) throw new Error(`not approved by itself: ${problem}`);
    await approve(this.client, request, message);
  }

  /** What API servers and Services answer for. */
  private taken(): Set<string> {
    const services = this.services?.lister.list() ?? [];
    const addresses = [
      ...services.flatMap(({ spec, status }) => [
        ...(spec?.clusterIPs ?? []),
        ...(spec?.externalIPs ?? []),
        ...(status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => [ip ?? [], hostname ?? []].flat()),
      ]),
      ...(this.slices?.lister.list() ?? []).flatMap(({ endpoints }) =>
        (endpoints ?? []).flatMap((one) => one.addresses),
      ),
      ...(this.info?.lister.list() ?? []).flatMap(({ data }) => serverOf(data?.['kubeconfig'])),
    ];
    return new Set(addresses.map(normalAddress));
  }
}

const isOpen = (request: DeepReadonly<CertificateSigningRequest>): boolean =>
  request.spec?.signerName === kubeletServingSigner && !isDecided(request);

/** Where nodes are told that the API is. */
function serverOf(kubeconfig: string | undefined): string[] {
  const url = /^ +server: *["']?(https:\/\/[^\s"']+)/m.exec(kubeconfig ?? '')?.[1];
  return url ? [new URL(url).hostname.replace(/^\[|\]$/g, '')] : [];
}
