import { badRequest } from '@nestor/api';
import type { UserInfo } from '../../user';
import { unescapeHeaderKey } from '../request-header';

const extraPrefix = 'impersonate-extra-';

/** Whether a header asks to act as somebody; most requests have none of them. */
export const isImpersonationHeader = (name: string): boolean => /^impersonate-/i.test(name);

/**
 * Whom the Impersonate-* headers name, as they name him; undefined where there are none. Throws where they say something
 * of a user without naming one.
 */
export function wantedUser(rawHeaders: readonly string[]): UserInfo | undefined {
  let name = '';
  let uid = '';
  const groups: string[] = [];
  const extra = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const header = rawHeaders[at]!.toLowerCase();
    const value = rawHeaders[at + 1]!;
    if (header === 'impersonate-user') name ||= value;
    else if (header === 'impersonate-uid') uid ||= value;
    else if (header === 'impersonate-group') groups.push(value);
    else if (header.startsWith(extraPrefix)) {
      const key = unescapeHeaderKey(header.slice(extraPrefix.length));
      extra.set(key, [...(extra.get(key) ?? []), value]);
    }
  }
  if (name !== '') {
    return {
      name,
      groups,
      ...(uid ? { uid } : {}),
      ...(extra.size > 0 ? { extra: Object.fromEntries(extra) } : {}),
    };
  }
  if (uid === '' && groups.length === 0 && extra.size === 0) return undefined;
  throw badRequest(`requested ${goText(uid, groups, extra)} without impersonating a user name`);
}

/** As Go's %#v prints a user. */
function goText(uid: string, groups: readonly string[], extra: ReadonlyMap<string, readonly string[]>): string {
  const list = (values: readonly string[]): string =>
    `[]string{${values.map((one) => JSON.stringify(one)).join(', ')}}`;
  const pairs = [...extra].map(([key, values]) => `${JSON.stringify(key)}:${list(values).slice('[]string'.length)}`);
  return [
    '&user.DefaultInfo{Name:""',
    `UID:${JSON.stringify(uid)}`,
    `Groups:${groups.length > 0 ? list(groups) : '[]string(nil)'}`,
    `Extra:map[string][]string${pairs.length > 0 ? `{${pairs.join(', ')}}` : '(nil)'}}`,
  ].join(', ');
}
