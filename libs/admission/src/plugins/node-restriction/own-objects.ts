import {
  forbidden,
  nodeLeaseNamespace,
  requestedCommonName,
  requestProblem,
  semanticEqual,
  type ApiError,
  type ApiObject,
  type CertificateSigningRequest,
  type DeepReadonly,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
} from '@nestor/api';
import { nameOf, type AdmissionRequest } from '../../admission-plugin';
import { forbiddenLabels } from './node-labels';

export const userPrefix = 'system:node:';

export const refused = (request: AdmissionRequest, why: string): ApiError =>
  forbidden({ group: request.group, resource: request.resource }, nameOf(request), why);

export const nodeOf = (pod: DeepReadonly<ApiObject> | undefined): string =>
  (pod as DeepReadonly<Pod> | undefined)?.spec?.nodeName ?? '';

export function podStatus(node: string, request: AdmissionRequest): void {
  const { operation, object, old } = request;
  if (operation !== 'UPDATE') throw refused(request, `unexpected operation "${operation}"`);
  if (nodeOf(old) !== node) {
    throw refused(request, `node "${node}" can only update pod status for pods with spec.nodeName set to itself`);
  }
  if (!semanticEqual(object?.metadata.labels, old?.metadata.labels)) {
    throw refused(request, `node "${node}" cannot update labels through pod status`);
  }
  const [now, before] = [object, old].map((pod) => (pod as DeepReadonly<Pod> | undefined)?.status);
  if (!semanticEqual(now?.resourceClaimStatuses, before?.resourceClaimStatuses)) {
    throw refused(request, `node "${node}" cannot update resource claim statues`);
  }
  if (!semanticEqual(now?.extendedResourceClaimStatus, before?.extendedResourceClaimStatus)) {
    throw refused(request, `node "${node}" cannot update extended resource claim status`);
  }
}

export function ownNode(node: string, request: AdmissionRequest): void {
  const { operation, object, old } = request;
  const name = request.name || (object?.metadata.name ?? '');
  if (name !== node) throw refused(request, `node "${node}" is not allowed to modify node "${name}"`);
  if (operation !== 'CREATE' && operation !== 'UPDATE') return;
  const labels = forbiddenLabels(object?.metadata.labels, old?.metadata.labels).join(', ');
  if (operation === 'CREATE') {
    if (labels) throw refused(request, `node "${node}" is not allowed to set the following labels: ${labels}`);
    return;
  }
  const taints = (of: DeepReadonly<ApiObject> | undefined): unknown =>
    (of as DeepReadonly<Node> | undefined)?.spec?.taints;
  if (!semanticEqual(taints(object), taints(old)))
    throw refused(request, `node "${node}" is not allowed to modify taints`);
  if (!semanticEqual(object?.metadata.ownerReferences, old?.metadata.ownerReferences))
    throw refused(request, `node "${node}" is not allowed to modify ownerReferences`);
  if (labels) throw refused(request, `is not allowed to modify labels: ${labels}`);
}

export function claimStatus(node: string, request: AdmissionRequest): void {
  const { operation, object, old } = request;
  if (operation !== 'UPDATE') throw refused(request, `unexpected operation "${operation}"`);
  if (semanticEqual(withoutSize(object), withoutSize(old))) return;
  throw refused(
    request,
    `node "${node}" is not allowed to update fields other than status.capacity and status.conditions`,
  );
}

/** What of a claim is not the kubelet's to change. */
function withoutSize(object: DeepReadonly<ApiObject> | undefined): unknown {
  const { status, metadata, ...rest } = object as DeepReadonly<PersistentVolumeClaim>;
  const { resourceVersion: _version, managedFields: _fields, ...meta } = metadata;
  const {
    capacity: _capacity,
    conditions: _conditions,
    allocatedResources: _resources,
    allocatedResourceStatuses: _statuses,
    ...others
  } = status ?? {};
  return { ...rest, metadata: meta, status: others };
}

export function lease(node: string, request: AdmissionRequest): void {
  const { namespace, operation, object } = request;
  if (namespace !== nodeLeaseNamespace) {
    throw refused(request, `can only access leases in the "${nodeLeaseNamespace}" system namespace`);
  }
  const name = operation === 'CREATE' ? (object?.metadata.name ?? '') : request.name;
  if (name !== node) throw refused(request, 'can only access node lease with the same name as the requesting node');
}

export function csiNode(node: string, request: AdmissionRequest): void {
  const { operation, object } = request;
  const name = operation === 'CREATE' ? (object?.metadata.name ?? '') : request.name;
  if (name !== node) throw refused(request, 'can only access CSINode with the same name as the requesting node');
}

/** Deletes are told by the node of the slice that goes. */
export function resourceSlice(node: string, request: AdmissionRequest): void {
  const spec = ((request.operation === 'DELETE' ? request.old : request.object)?.['spec'] ?? {}) as {
    nodeName?: string;
  };
  if (spec.nodeName === node) return;
  const what = request.operation === 'DELETE' ? 'delete' : 'create';
  throw refused(request, `can only ${what} ResourceSlice with the same NodeName as the requesting node`);
}

const kubeletSigners: ReadonlySet<string> = new Set([
  'kubernetes.io/kubelet-serving',
  'kubernetes.io/kube-apiserver-client-kubelet',
]);

export function certificate(node: string, request: AdmissionRequest): void {
  const { spec } = request.object as CertificateSigningRequest;
  if (request.operation !== 'CREATE' || !kubeletSigners.has(spec?.signerName ?? '')) return;
  const own = `${userPrefix}${node}`;
  if (commonNameIn(request, spec?.request ?? '') === own) return;
  throw refused(request, `can only create a node CSR with CN=${own}`);
}

function commonNameIn(request: AdmissionRequest, signingRequest: string): string {
  try {
    return requestedCommonName(signingRequest);
  } catch {
    throw refused(request, `unable to parse csr: ${requestProblem(signingRequest)}`);
  }
}
