import {
  forbidden,
  notFound,
  semanticEqual,
  type ApiError,
  type ApiObject,
  type DeepReadonly,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
} from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, nameOf, ObjectReader } from '../../admission-plugin';
import { forbiddenLabels } from './node-labels';
import { forbiddenReference } from './pod-references';

const nodesGroup = 'system:nodes';
const userPrefix = 'system:node:';
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const leaseNamespace = 'kube-node-lease';

type Rule = (node: string, request: AdmissionRequest) => void | Promise<void>;

/** A kubelet may change its own Node and what runs on it, and nothing else (plugin NodeRestriction). */
export class NodeRestrictionPlugin implements AdmissionPlugin {
  readonly name = 'NodeRestriction';
  readonly onByDefault = false;
  private readonly rules: Readonly<Record<string, Rule>> = {
    pods: (node, request) => this.pods(node, request),
    'pods/status': podStatus,
    'pods/eviction': (node, request) => this.eviction(node, request),
    nodes: ownNode,
    'nodes/status': ownNode,
    'persistentvolumeclaims/status': claimStatus,
    'serviceaccounts/token': (node, request) => this.token(node, request),
    'leases.coordination.k8s.io': lease,
    'csinodes.storage.k8s.io': csiNode,
    'resourceslices.resource.k8s.io': resourceSlice,
  };

  constructor(private readonly reader: ObjectReader) {}

  handles({ user }: AdmissionRequest): boolean {
    return user.groups.includes(nodesGroup) && user.name.startsWith(userPrefix);
  }

  async admit(request: AdmissionRequest): Promise<void> {
    const { group, resource, subresource, user } = request;
    const node = user.name.slice(userPrefix.length);
    if (node === '') throw refused(request, `could not determine node from user ${JSON.stringify(user.name)}`);
    const key = `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`;
    if (resource === 'pods' && group === '' && !(key in this.rules)) {
      throw refused(
        request,
        `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`,
      );
    }
    if (key === 'persistentvolumeclaims') throw refused(request, 'may only update PVC status');
    await this.rules[key]?.(node, request);
  }

  private async pods(node: string, request: AdmissionRequest): Promise<void> {
    const { operation, old } = request;
    if (operation === 'CREATE') return this.mirrorPod(node, request);
    if (operation !== 'DELETE') {
      throw refused(
        request,
        `unexpected operation "${operation}", node "${node}" can only create and delete mirror pods`,
      );
    }
    if (nodeOf(old) === node) return;
    throw refused(request, `node "${node}" can only delete pods with spec.nodeName set to itself`);
  }

  private async mirrorPod(node: string, request: AdmissionRequest): Promise<void> {
    const pod = request.object as Pod;
    const refuse = (why: string): ApiError => refused(request, why);
    if (pod.metadata.annotations?.[mirrorAnnotation] === undefined) {
      throw refuse(`pod does not have "${mirrorAnnotation}" annotation, node "${node}" can only create mirror pods`);
    }
    if (nodeOf(pod) !== node) throw refuse(`node "${node}" can only create pods with spec.nodeName set to itself`);
    const [owner, ...more] = pod.metadata.ownerReferences ?? [];
    const only = `node "${node}" can only create pods with`;
    if (more.length > 0) throw refuse(`${only} a single owner reference set to itself`);
    if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
      throw refuse(`${only} an owner reference set to itself`);
    }
    if (!owner.controller) throw refuse(`${only} a controller owner reference set to itself`);
    if (owner.blockOwnerDeletion) throw refuse(`node "${node}" must not set blockOwnerDeletion on an owner reference`);
    const found = await this.read('nodes', '', node);
    if (owner.uid !== found.metadata.uid) {
      throw refuse(`node ${node} UID mismatch: expected ${owner.uid} got ${found.metadata.uid}`);
    }
    const reference = forbiddenReference(pod);
    if (reference) throw refuse(`node "${node}" can not create pods that reference ${reference}`);
  }

  private async eviction(node: string, request: AdmissionRequest): Promise<void> {
    const pod = await this.read('pods', request.namespace, request.name || (request.object?.metadata.name ?? ''));
    if (nodeOf(pod) === node) return;
    throw refused(request, `node ${node} can only evict pods with spec.nodeName set to itself`);
  }

  private async token(node: string, request: AdmissionRequest): Promise<void> {
    if (request.operation !== 'CREATE') return;
    const { boundObjectRef: bound } = (request.object?.['spec'] ?? {}) as {
      boundObjectRef?: { apiVersion?: string; kind?: string; name?: string; uid?: string };
    };
    if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name) {
      throw refused(request, 'node requested token not bound to a pod');
    }
    if (!bound.uid) throw refused(request, 'node requested token with a pod binding without a uid');
    const pod = await this.read('pods', request.namespace, bound.name);
    if (pod.metadata.uid !== bound.uid) {
      throw refused(
        request,
        `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    }
    if (nodeOf(pod) === node) return;
    throw refused(request, 'node requested token bound to a pod scheduled on a different node');
  }

  private async read(resource: string, namespace: string, name: string): Promise<DeepReadonly<ApiObject>> {
    const found =
      (await this.reader.get(resource, namespace, name)) ??
      (await this.reader.get(resource, namespace, name, { fresh: true }));
    if (!found) throw notFound({ group: '', resource }, name);
    return found;
  }
}

const refused = (request: AdmissionRequest, why: string): ApiError =>
  forbidden({ group: request.group, resource: request.resource }, nameOf(request), why);

const nodeOf = (pod: DeepReadonly<ApiObject> | undefined): string =>
  (pod as DeepReadonly<Pod> | undefined)?.spec?.nodeName ?? '';

function podStatus(node: string, request: AdmissionRequest): void {
  const { operation, object, old } = request;
  if (operation !== 'UPDATE') throw refused(request, `unexpected operation "${operation}"`);
  if (nodeOf(old) !== node) {
    throw refused(request, `node "${node}" can only update pod status for pods with spec.nodeName set to itself`);
  }
  if (!semanticEqual(object?.metadata.labels, old?.metadata.labels)) {
    throw refused(request, `node "${node}" cannot update labels through pod status`);
  }
  const claims = (pod: DeepReadonly<ApiObject> | undefined): unknown =>
    (pod as DeepReadonly<Pod> | undefined)?.status?.resourceClaimStatuses;
  if (!semanticEqual(claims(object), claims(old))) {
    throw refused(request, `node "${node}" cannot update resource claim statues`);
  }
}

function ownNode(node: string, request: AdmissionRequest): void {
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
  if (labels) throw refused(request, `is not allowed to modify labels: ${labels}`);
}

function claimStatus(node: string, request: AdmissionRequest): void {
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

function lease(node: string, request: AdmissionRequest): void {
  const { namespace, operation, object } = request;
  if (namespace !== leaseNamespace) {
    throw refused(request, `can only access leases in the "${leaseNamespace}" system namespace`);
  }
  const name = operation === 'CREATE' ? (object?.metadata.name ?? '') : request.name;
  if (name !== node) throw refused(request, 'can only access node lease with the same name as the requesting node');
}

function csiNode(node: string, request: AdmissionRequest): void {
  const { operation, object } = request;
  const name = operation === 'CREATE' ? (object?.metadata.name ?? '') : request.name;
  if (name !== node) throw refused(request, 'can only access CSINode with the same name as the requesting node');
}

/** Deletes are told by the node of the slice that goes. */
function resourceSlice(node: string, request: AdmissionRequest): void {
  const spec = ((request.operation === 'DELETE' ? request.old : request.object)?.['spec'] ?? {}) as {
    nodeName?: string;
  };
  if (spec.nodeName === node) return;
  const what = request.operation === 'DELETE' ? 'delete' : 'create';
  throw refused(request, `can only ${what} ResourceSlice with the same NodeName as the requesting node`);
}
