import { apiPrefix, groupVersionId, listDefinition, type PublishedResource } from './published-resource';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** One operation, in the terms both OpenAPI versions share. */
export interface Operation {
  method: Method;
  id: string;
  description: string;
  /** x-kubernetes-action */
  action: string;
  kind: string;
  group: string;
  version: string;
  query: readonly (keyof typeof queryParameters)[];
  /** Definition of the body. */
  body?: string;
  consumes?: readonly string[];
  /** Definition by status code. */
  responses: Readonly<Record<string, string>>;
}

export interface PathItem {
  path: string;
  /** Path parameters, in order of description. */
  inPath: readonly ('name' | 'namespace')[];
  kind: string;
  operations: Operation[];
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const SCALE = { definition: 'io.k8s.api.autoscaling.v1.Scale', group: 'autoscaling', version: 'v1', kind: 'Scale' };
const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

export const queryParameters = {
  allowWatchBookmarks: ['boolean', 'Asks a watch for BOOKMARK events, which carry a resource version and no change.'],
  continue: ['string', 'The continue value of the previous page of a limited list.'],
  dryRun: ['string', 'All: run every stage of the request but persist nothing.'],
  fieldManager: ['string', 'Name of the actor that makes these changes; required for apply.'],
  fieldSelector: ['string', 'Restricts the list to objects whose fields match.'],
  fieldValidation: [
    'string',
    'What to do with unknown or duplicate fields: Ignore drops them, Warn drops them and says so, Strict refuses the request.',
  ],
  force: ['boolean', 'Lets an apply take over fields that other managers own.'],
  gracePeriodSeconds: ['integer', 'Seconds before the object is deleted; zero deletes at once.'],
  labelSelector: ['string', 'Restricts the list to objects whose labels match.'],
  limit: ['integer', 'The most items one answer may hold; the rest follows by continue.'],
  orphanDependents: ['boolean', 'Deprecated: use propagationPolicy.'],
  pretty: ['string', "Pretty-prints the answer if 'true'."],
  propagationPolicy: ['string', 'What becomes of dependents: Orphan, Background or Foreground.'],
  resourceVersion: ['string', 'The resource version from which the request may be served.'],
  resourceVersionMatch: ['string', 'How resourceVersion is applied to a list.'],
  sendInitialEvents: ['boolean', 'Starts a watch with the present objects, closed by an annotated bookmark.'],
  timeoutSeconds: ['integer', 'Ends a list or watch after this long.'],
  watch: ['boolean', 'Answers with a stream of changes instead of a list.'],
} as const satisfies Record<string, readonly ['string' | 'integer' | 'boolean', string]>;

const LIST = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
] as const;
const WRITE = ['dryRun', 'fieldManager', 'fieldValidation'] as const;
const DELETE = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy'] as const;

/** The paths of one resource, in Kubernetes' order of roles: collection, object, subresources, all namespaces. */
export function pathsOf(resource: PublishedResource): PathItem[] {
  const prefix = apiPrefix(resource);
  const scope = resource.namespaced ? '/namespaces/{namespace}' : '';
  const inPath = resource.namespaced ? (['namespace'] as const) : [];
  const base = `${prefix}${scope}/${resource.plural}`;
  const items: PathItem[] = [
    { path: base, inPath, kind: resource.kind, operations: collectionOperations(resource) },
    {
      path: `${base}/{name}`,
      inPath: ['name', ...inPath],
      kind: resource.kind,
      operations: objectOperations(resource),
    },
  ];
  const subresources = [
    ...(resource.hasStatus ? [{ name: 'status', target: resource }] : []),
    ...(resource.scale === undefined ? [] : [{ name: 'scale', target: SCALE }]),
  ];
  for (const { name, target } of subresources) {
    const operations = subresourceOperations(resource, name, target);
    items.push({ path: `${base}/{name}/${name}`, inPath: ['name', ...inPath], kind: target.kind, operations });
  }
  if (resource.namespaced) {
    const operation = {
      ...listOperation(resource),
      id: `list${groupVersionId(resource)}${resource.kind}ForAllNamespaces`,
    };
    items.push({ path: `${prefix}/${resource.plural}`, inPath: [], kind: resource.kind, operations: [operation] });
  }
  return items;
}

type Target = Pick<PublishedResource, 'definition' | 'group' | 'version' | 'kind'>;

function subject(resource: PublishedResource): string {
  return `${resource.namespaced ? 'Namespaced' : ''}${resource.kind}`;
}

const gvkOf = ({ group, version, kind }: Target) => ({ group, version, kind });

function listOperation(resource: PublishedResource): Operation {
  return {
    method: 'get',
    id: `list${groupVersionId(resource)}${subject(resource)}`,
    description: `list or watch objects of kind ${resource.kind}`,
    action: 'list',
    ...gvkOf(resource),
    query: LIST,
    responses: { 200: listDefinition(resource) },
  };
}

function collectionOperations(resource: PublishedResource): Operation[] {
  const id = groupVersionId(resource);
  const { definition } = resource;
  return [
    listOperation(resource),
    {
      method: 'post',
      id: `create${id}${subject(resource)}`,
      description: `create ${article(resource.kind)} ${resource.kind}`,
      action: 'post',
      ...gvkOf(resource),
      query: WRITE,
      body: definition,
      responses: { 200: definition, 201: definition, 202: definition },
    },
    {
      method: 'delete',
      id: `delete${id}Collection${subject(resource)}`,
      description: `delete collection of ${resource.kind}`,
      action: 'deletecollection',
      ...gvkOf(resource),
      query: [...DELETE, ...LIST.filter((name) => name !== 'allowWatchBookmarks' && name !== 'watch')].sort(),
      body: `${META}DeleteOptions`,
      responses: { 200: `${META}Status` },
    },
  ];
}

function article(kind: string): string {
  return /^[AEIOU]/.test(kind) ? 'an' : 'a';
}

function objectOperations(resource: PublishedResource): Operation[] {
  return [
    ...readWriteOperations(resource, '', resource),
    {
      method: 'delete',
      id: `delete${groupVersionId(resource)}${subject(resource)}`,
      description: `delete ${article(resource.kind)} ${resource.kind}`,
      action: 'delete',
      ...gvkOf(resource),
      query: DELETE,
      body: `${META}DeleteOptions`,
      responses: { 200: `${META}Status`, 202: `${META}Status` },
    },
  ];
}

function subresourceOperations(resource: PublishedResource, name: string, target: Target): Operation[] {
  return readWriteOperations(resource, name, target);
}

function readWriteOperations(resource: PublishedResource, subresource: string, target: Target): Operation[] {
  const suffix = `${groupVersionId(resource)}${subject(resource)}${subresource.charAt(0).toUpperCase()}${subresource.slice(1)}`;
  const what = `${subresource && `${subresource} of `}the specified ${resource.kind}`;
  const { definition } = target;
  return [
    {
      method: 'get',
      id: `read${suffix}`,
      description: `read ${what}`,
      action: 'get',
      ...gvkOf(target),
      query: [],
      responses: { 200: definition },
    },
    {
      method: 'put',
      id: `replace${suffix}`,
      description: `replace ${what}`,
      action: 'put',
      ...gvkOf(target),
      query: WRITE,
      body: definition,
      responses: { 200: definition, 201: definition },
    },
    {
      method: 'patch',
      id: `patch${suffix}`,
      description: `partially update ${what}`,
      action: 'patch',
      ...gvkOf(target),
      query: [...WRITE, 'force'],
      body: `${META}Patch`,
      // A custom resource has no Go struct, and so no strategic merge.
      consumes: resource.custom === true ? PATCHES.filter((type) => !type.includes('strategic')) : PATCHES,
      responses: { 200: definition, 201: definition },
    },
  ];
}
