import type { ServedResource } from '../registry/served-resource';

/** A row of discovery: a resource or one of its subresources. */
export interface DiscoveredResource {
  /** "pods" or "pods/status" */
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  group?: string;
  version?: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
}

const mainVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const partVerbs = ['get', 'patch', 'update'];

interface ExtraSubresource {
  name: string;
  kind: string;
  group?: string;
  version?: string;
  verbs: string[];
}

/** Subresources that are code rather than a part of the stored object, by resource key. */
const extras: Readonly<Record<string, readonly ExtraSubresource[]>> = {
  namespaces: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  nodes: [{ name: 'proxy', kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  pods: [
    { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: partVerbs },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    { name: 'proxy', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    { name: 'resize', kind: 'Pod', verbs: partVerbs },
  ],
  services: [{ name: 'proxy', kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  'certificatesigningrequests.certificates.k8s.io': [
    { name: 'approval', kind: 'CertificateSigningRequest', verbs: partVerbs },
  ],
  serviceaccounts: [
    { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
  ],
};

/** Resources that answer and are never stored. */
export interface VirtualResource {
  group: string;
  version: string;
  plural: string;
  singular: string;
  kind: string;
  namespaced: boolean;
}

export const virtualResources: readonly VirtualResource[] = [
  ...(
    [
      ['authentication.k8s.io', 'tokenreviews', 'TokenReview', false],
      ['authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview', false],
      ['authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview', false],
      ['authorization.k8s.io', 'localsubjectaccessreviews', 'LocalSubjectAccessReview', true],
      ['authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', false],
      ['authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', false],
    ] as const
  ).map(([group, plural, kind, namespaced]) => ({
    group,
    version: 'v1',
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced,
  })),
  { group: '', version: 'v1', plural: 'bindings', singular: 'binding', kind: 'Binding', namespaced: true },
];

export function discoveredVirtual({ plural, singular, kind, namespaced }: VirtualResource): DiscoveredResource[] {
  return [{ name: plural, singularName: singular, namespaced, kind, verbs: ['create'] }];
}

/** The rows of one served resource: itself, then its subresources by name. */
export function discovered({ definition }: ServedResource): DiscoveredResource[] {
  const { plural, singular, namespaced, kind, shortNames, categories, group } = definition;
  const main: DiscoveredResource = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: mainVerbs,
    ...(shortNames.length ? { shortNames: [...shortNames] } : {}),
    ...(categories.length ? { categories: [...categories] } : {}),
  };
  const parts: ExtraSubresource[] = [
    ...(extras[group === '' ? plural : `${plural}.${group}`] ?? []),
    ...(definition.hasStatus ? [{ name: 'status', kind, verbs: partVerbs }] : []),
    ...(definition.scale
      ? [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: partVerbs }]
      : []),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    main,
    ...parts.map(({ name, ...part }) => ({ ...part, name: `${plural}/${name}`, singularName: '', namespaced })),
  ];
}
