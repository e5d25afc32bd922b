import { isDns1123Label, isDns1123Subdomain } from '@nestor/api';
import { nodePrefix } from '../../user';

const accountPrefix = 'system:serviceaccount:';

/** The node that a user name is of. */
export function nodeIn(userName: string): string | undefined {
  if (!userName.startsWith(nodePrefix)) return undefined;
  const name = userName.slice(nodePrefix.length);
  return isDns1123Subdomain(name).length === 0 ? name : undefined;
}

/** The service account that a user name is of (serviceaccount.SplitUsername). */
export function serviceAccountIn(userName: string): { namespace: string; name: string } | undefined {
  if (!userName.startsWith(accountPrefix)) return undefined;
  const [namespace = '', name = '', ...more] = userName.slice(accountPrefix.length).split(':');
  if (more.length > 0 || isDns1123Label(namespace).length > 0 || isDns1123Subdomain(name).length > 0) return undefined;
  return { namespace, name };
}
