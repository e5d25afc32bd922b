import { badRequest, notFound, Pod } from '@nestor/api';
import type { Exchange } from '../http/exchange';
import { newestObject } from '../storage/cached-reads';
import type { StorageContext } from '../storage/storage-context';

export async function podOf(storage: StorageContext, { info }: Exchange): Promise<Pod> {
  const found = await newestObject(storage, 'pods', info.namespace, info.name);
  if (!found) throw notFound({ group: '', resource: 'pods' }, info.name);
  return found.object() as Pod;
}

/** The container a request is about: the one named, or the only one there is. */
export function containerOf({ metadata, spec }: Pod, asked: string): string {
  const regular = spec?.containers ?? [];
  const init = spec?.initContainers ?? [];
  const ephemeral = spec?.ephemeralContainers ?? [];
  if (asked !== '') {
    if ([...regular, ...init, ...ephemeral].some(({ name }) => name === asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
  }
  const [only, ...more] = regular;
  if (only && more.length === 0) return only.name;
  const chosen = metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (chosen && regular.some(({ name }) => name === chosen)) return chosen;
  const names = (list: readonly { name: string }[]): string => `[${list.map(({ name }) => name).join(' ')}]`;
  const inits = init.length > 0 ? ` or one of the init containers: ${names(init)}` : '';
  throw badRequest(
    `a container name must be specified for pod ${metadata.name}, choose one of: ${names(regular)}${inits}`,
  );
}
