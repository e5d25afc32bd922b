import { nodeLeaseNamespace } from '@nestor/api';
import type { Attributes } from '../attributes';
import { allow, noOpinion, type Decision } from '../authorizer';
import type { RelatedResource } from './node-graph';

/** What a node asks for. */
export interface NodeRequest {
  readonly node: string;
  readonly attributes: Attributes;
  /** Allows where the object of the request leads to the node. */
  related(resource: RelatedResource): Answer;
}

type Answer = Decision | Promise<Decision>;
export type NodeRule = (request: NodeRequest) => Answer;
const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const keeps: ReadonlySet<string> = new Set(['get', 'create', 'update', 'patch', 'delete']);

/** Whatever may be narrowed to one object counts as reading that. */
const readOne =
  (resource: RelatedResource): NodeRule =>
  ({ attributes, related }) => {
    if (!reads.has(attributes.verb)) return noOpinion('can only read resources of this type');
    if (attributes.subresource !== '') return noOpinion('cannot read subresource');
    if (attributes.namespace === '') return noOpinion('can only read namespaced object of this type');
    return related(resource);
  };

const getOne =
  (resource: RelatedResource): NodeRule =>
  ({ attributes, related }) => {
    if (attributes.verb !== 'get') return noOpinion('can only get individual resources of this type');
    if (attributes.subresource !== '') return noOpinion('cannot get subresource');
    return related(resource);
  };

function claim(request: NodeRequest): Answer {
  const { subresource, verb } = request.attributes;
  if (subresource !== 'status') return getOne('persistentvolumeclaims')(request);
  if (verb !== 'update' && verb !== 'patch') return noOpinion('can only get/update/patch this type');
  return request.related('persistentvolumeclaims');
}

function serviceAccount(request: NodeRequest): Answer {
  const { subresource, verb, name } = request.attributes;
  if (verb === 'get' && subresource === '') return readOne('serviceaccounts')(request);
  if (verb !== 'create' || name === '') {
    return noOpinion('can only create tokens for individual service accounts');
  }
  if (subresource !== 'token') return noOpinion('can only create token subresource of serviceaccount');
  return request.related('serviceaccounts');
}

/** A create does not say the name yet: NodeRestriction looks at it. */
const isOwnName = ({ node, attributes: { verb, name } }: NodeRequest): boolean => verb === 'create' || name === node;

function lease(request: NodeRequest): Decision {
  const { verb, namespace } = request.attributes;
  if (!keeps.has(verb)) return noOpinion('can only get, create, update, patch, or delete a node lease');
  if (namespace !== nodeLeaseNamespace) {
    return noOpinion(`can only access leases in the "${nodeLeaseNamespace}" system namespace`);
  }
  if (isOwnName(request)) return allow();
  return noOpinion('can only access node lease with the same name as the requesting node');
}

function csiNode(request: NodeRequest): Decision {
  const { verb, subresource } = request.attributes;
  if (!keeps.has(verb)) return noOpinion('can only get, create, update, patch, or delete a CSINode');
  if (subresource !== '') return noOpinion('cannot authorize CSINode subresources');
  if (isOwnName(request)) return allow();
  return noOpinion('can only access CSINode with the same name as the requesting node');
}

/** The selector leaves nothing of other nodes. */
const isNarrowed = ({ node, attributes }: NodeRequest): boolean =>
  attributes
    .fieldRequirements?.()
    .some(({ field, operator, value }) => field === 'spec.nodeName' && operator === '=' && value === node) === true;

function resourceSlice(request: NodeRequest): Answer {
  if (request.attributes.subresource !== '') return noOpinion('cannot authorize ResourceSlice subresources');
  switch (request.attributes.verb) {
    // NodeRestriction looks at its node.
    case 'create':
      return allow();
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return request.related('resourceslices');
    case 'watch':
    case 'list':
    case 'deletecollection':
      if (isNarrowed(request)) return allow();
      return noOpinion('can only list/watch/deletecollection resourceslices with nodeName field selector');
    default:
      return noOpinion(
        'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
      );
  }
}

/** What is written of which Node is for NodeRestriction to see. By name, so that a node may look for itself before it is made. */
function ownNode({ node, attributes: { verb, subresource, name } }: NodeRequest): Decision {
  const isWrite = verb === 'update' || verb === 'patch';
  if (subresource === 'status') return isWrite ? allow() : noOpinion();
  if (subresource !== '') return noOpinion();
  if (isWrite || verb === 'create') return allow();
  if (!reads.has(verb)) return noOpinion();
  if (name === node) return allow();
  if (name === '') return noOpinion(`node '${node}' cannot read all nodes, only its own Node object`);
  return noOpinion(`node '${node}' cannot read '${name}', only its own Node object`);
}

/** Which pods a node makes, deletes, evicts and reports of is for NodeRestriction to see. */
const podWrites: Readonly<Record<string, readonly string[]>> = {
  '': ['create', 'delete'],
  status: ['update', 'patch'],
  eviction: ['create'],
};

function pod(request: NodeRequest): Answer {
  const { verb, subresource, name } = request.attributes;
  if (podWrites[subresource]?.includes(verb)) return allow();
  if (subresource !== '') return noOpinion();
  if (verb === 'get') return request.related('pods');
  if (verb !== 'list' && verb !== 'watch') return noOpinion();
  if (isNarrowed(request)) return allow();
  if (name !== '') return request.related('pods');
  return noOpinion('can only list/watch pods with spec.nodeName field selector');
}

function podCertificateRequest(request: NodeRequest): Answer {
  const { verb, subresource } = request.attributes;
  if (subresource !== '') {
    return noOpinion('nodes may not access the status subresource of PodCertificateRequests');
  }
  // NodeRestriction looks at its pod.
  if (verb === 'create') return allow();
  if (verb === 'get') return request.related('podcertificaterequests');
  if (verb !== 'list' && verb !== 'watch') return noOpinion(`nodes may not ${verb} podcertificaterequests`);
  if (isNarrowed(request)) return allow();
  return noOpinion('can only list/watch podcertificaterequests with nodeName field selector');
}

/** What is decided for each node by itself, by resource and group. */
export const nodeRules: ReadonlyMap<string, NodeRule> = new Map([
  ['secrets', readOne('secrets')],
  ['configmaps', readOne('configmaps')],
  ['persistentvolumeclaims', claim],
  ['persistentvolumes', getOne('persistentvolumes')],
  ['resourceclaims.resource.k8s.io', getOne('resourceclaims')],
  ['volumeattachments.storage.k8s.io', getOne('volumeattachments')],
  ['serviceaccounts', serviceAccount],
  ['leases.coordination.k8s.io', lease],
  ['csinodes.storage.k8s.io', csiNode],
  ['resourceslices.resource.k8s.io', resourceSlice],
  ['nodes', ownNode],
  ['pods', pod],
  ['podcertificaterequests.certificates.k8s.io', podCertificateRequest],
]);
