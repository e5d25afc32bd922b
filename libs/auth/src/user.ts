/** A caller as every later step sees it (k8s.io/apiserver user.Info). */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const allAuthenticated = 'system:authenticated';
export const allUnauthenticated = 'system:unauthenticated';
export const systemMasters = 'system:masters';

/** The caller that showed no credentials at all; it may see health and version paths only. */
export const anonymous: UserInfo = { name: 'system:anonymous', groups: [allUnauthenticated] };

export function serviceAccountUserName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

export const serviceAccountGroupNames = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
];

export const serviceAccountGroups = (namespace: string): string[] => [
  ...serviceAccountGroupNames(namespace),
  allAuthenticated,
];

const nodesGroup = 'system:nodes';
export const nodePrefix = 'system:node:';

/** The node that a kubelet's identity is of; '' where it names none, undefined for everybody else. */
export function nodeNameOf({ name, groups }: UserInfo): string | undefined {
  return name.startsWith(nodePrefix) && groups.includes(nodesGroup) ? name.slice(nodePrefix.length) : undefined;
}

/** In the group of those who proved who they are, as the union authenticator of Kubernetes puts everybody in it. */
export function asAuthenticated<User extends UserInfo>(user: User): User {
  const isSaid = user.groups.includes(allAuthenticated) || user.groups.includes(allUnauthenticated);
  if (isSaid || user.name === anonymous.name) return user;
  return { ...user, groups: [...user.groups, allAuthenticated] };
}
