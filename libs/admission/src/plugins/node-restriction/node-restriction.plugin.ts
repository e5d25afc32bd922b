import { notFound, type ApiError, type ApiObject, type DeepReadonly, type Pod } from '@nestor/api';
import { AdmissionPlugin, AdmissionRequest, AdmissionUser, ObjectReader } from '../../admission-plugin';
import { readNewest } from '../../read-newest';
import {
  certificate,
  claimStatus,
  csiNode,
  lease,
  nodeOf,
  ownNode,
  podStatus,
  refused,
  resourceSlice,
  userPrefix,
} from './own-objects';
import { needsAudience } from './pod-audiences';
import { apiObjectReference } from './pod-references';

const nodesGroup = 'system:nodes';
const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Whether a role lets the user have tokens for an audience that none of its pods needs. */
export type AudienceCheck = (
  user: AdmissionUser,
  asked: { audience: string; namespace: string; account: string },
) => Promise<boolean>;

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
    'certificatesigningrequests.certificates.k8s.io': certificate,
    'resourceslices.resource.k8s.io': resourceSlice,
  };

  constructor(
    private readonly reader: ObjectReader,
    private readonly mayRequestAudience: AudienceCheck,
  ) {}

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
    const found = await this.read(['nodes', '', node], ({ metadata }) => metadata.uid === owner.uid);
    if (owner.uid !== found.metadata.uid) {
      throw refuse(`node ${node} UID mismatch: expected ${owner.uid} got ${found.metadata.uid}`);
    }
    const reference = apiObjectReference(pod);
    if (reference) throw refuse(`node "${node}" can not create pods that reference ${reference}`);
  }

  private async eviction(node: string, request: AdmissionRequest): Promise<void> {
    const name = request.name || (request.object?.metadata.name ?? '');
    const pod = await this.read(['pods', request.namespace, name], (found) => nodeOf(found) === node);
    if (nodeOf(pod) === node) return;
    throw refused(request, `node ${node} can only evict pods with spec.nodeName set to itself`);
  }

  private async token(node: string, request: AdmissionRequest): Promise<void> {
    if (request.operation !== 'CREATE') return;
    const { boundObjectRef: bound, audiences } = (request.object?.['spec'] ?? {}) as {
      boundObjectRef?: { apiVersion?: string; kind?: string; name?: string; uid?: string };
      audiences?: string[] | null;
    };
    if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name) {
      throw refused(request, 'node requested token not bound to a pod');
    }
    if (!bound.uid) throw refused(request, 'node requested token with a pod binding without a uid');
    const isMeant = (found: DeepReadonly<ApiObject>): boolean =>
      found.metadata.uid === bound.uid && nodeOf(found) === node;
    const pod = await this.read(['pods', request.namespace, bound.name], isMeant);
    if (pod.metadata.uid !== bound.uid) {
      throw refused(
        request,
        `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    }
    if (nodeOf(pod) !== node) {
      throw refused(request, 'node requested token bound to a pod scheduled on a different node');
    }
    await this.audience(request, pod, audiences ?? []);
  }

  /** Tokens for others are given where a volume of the pod needs them, or a role says so. */
  private async audience(
    request: AdmissionRequest,
    pod: DeepReadonly<ApiObject>,
    [audience = '', ...more]: readonly string[],
  ): Promise<void> {
    if (more.length > 0) throw refused(request, 'node may only request 0 or 1 audiences');
    if (await needsAudience(this.reader, pod, audience)) return;
    const { user, namespace, name: account } = request;
    if (await this.mayRequestAudience(user, { audience, namespace, account })) return;
    throw refused(
      request,
      `audience ${JSON.stringify(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`,
    );
  }

  private async read(
    place: readonly [resource: string, namespace: string, name: string],
    isAsItShould: (found: DeepReadonly<ApiObject>) => boolean,
  ): Promise<DeepReadonly<ApiObject>> {
    const found = await readNewest(this.reader, place, isAsItShould);
    if (!found) throw notFound({ group: '', resource: place[0] }, place[2]);
    return found;
  }
}
