import type { UserInfo } from '@nestor/auth';

/** Names under which a front proxy says for whom it asks. Servers believe them of the proxy's certificate only. */
export const requestHeaders = {
  user: 'X-Remote-User',
  uid: 'X-Remote-Uid',
  group: 'X-Remote-Group',
  extraPrefix: 'X-Remote-Extra-',
} as const;

/** transport.SetAuthProxyHeaders */
export function proxyUserHeaders({ name, uid, groups, extra }: UserInfo): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { [requestHeaders.user]: name };
  if (uid) headers[requestHeaders.uid] = uid;
  if (groups.length > 0) headers[requestHeaders.group] = [...groups];
  for (const [key, values] of Object.entries(extra ?? {})) {
    headers[`${requestHeaders.extraPrefix}${escapeKey(key)}`] = [...values];
  }
  return headers;
}

/** What a header's name cannot hold is written in percent, as Go's headerKeyEscape does. */
const escapeKey = (key: string): string =>
  key
    .toLowerCase()
    .replace(/[^a-z0-9!#$&'*+.^_`|~-]/g, (character) =>
      [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
    );
