import type { Attributes } from '../authorization/attributes';
import {
  allAuthenticated,
  allUnauthenticated,
  anonymous,
  serviceAccountGroups,
  serviceAccountUserName,
  UserInfo,
} from '../user';
import { unescapeHeaderKey } from './request-header';

/** Somebody to act as, and every permission the caller needs for it. */
export interface Impersonation {
  user: UserInfo;
  needs: readonly Attributes[];
}

type Headers = Readonly<Record<string, string[] | undefined>>;

const extraPrefix = 'impersonate-extra-';
const authentication = 'authentication.k8s.io';
const serviceAccountName = /^system:serviceaccount:([^:]+):([^:]+)$/;

/**
 * Reads the Impersonate-* headers (k8s.io/apiserver filters.WithImpersonation): undefined when there are none, an Error
 * when they name no user. Whether the caller may is the authorizer's to say, for each entry of `needs`.
 */
export function readImpersonation(headers: Headers, caller: UserInfo): Impersonation | undefined {
  const user = headers['impersonate-user']?.[0] ?? '';
  const uid = headers['impersonate-uid']?.[0] ?? '';
  const groups = headers['impersonate-group'] ?? [];
  const extra = readExtra(headers);
  if (user === '') {
    if (uid === '' && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
    throw new Error('requested a group, a uid or extra without impersonating a user');
  }
  const account = serviceAccountName.exec(user);
  const need = (resource: string, name: string, place: Partial<Attributes> = {}): Attributes => ({
    user: caller,
    verb: 'impersonate',
    apiGroup: '',
    resource,
    subresource: '',
    namespace: '',
    name,
    path: '',
    ...place,
  });
  const needs = [
    account ? need('serviceaccounts', account[2] ?? '', { namespace: account[1] }) : need('users', user),
    ...groups.map((group) => need('groups', group)),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => need('userextras', value, { apiGroup: authentication, subresource: key })),
    ),
    ...(uid ? [need('uids', uid, { apiGroup: authentication })] : []),
  ];
  return {
    user: {
      name: account ? serviceAccountUserName(account[1] ?? '', account[2] ?? '') : user,
      groups: groupsOf(user, account?.[1], groups),
      ...(uid ? { uid } : {}),
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    },
    needs,
  };
}

/** A service account without groups gets its own; everybody is in the group of those who did, or did not, log in. */
function groupsOf(user: string, namespace: string | undefined, asked: readonly string[]): string[] {
  const groups = asked.length === 0 && namespace !== undefined ? serviceAccountGroups(namespace) : [...asked];
  if (groups.includes(allAuthenticated) || groups.includes(allUnauthenticated)) return groups;
  return [...groups, user === anonymous.name ? allUnauthenticated : allAuthenticated];
}

function readExtra(headers: Headers): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(headers)) {
    if (name.startsWith(extraPrefix) && values) extra[unescapeHeaderKey(name.slice(extraPrefix.length))] = values;
  }
  return extra;
}
