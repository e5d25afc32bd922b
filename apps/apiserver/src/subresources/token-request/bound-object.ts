import { badRequest, conflict, notFound, type Pod, type TokenRequest } from '@nestor/api';
import type { BoundObject, Reference } from '@nestor/auth';
import { newestObject } from '../../storage/cached-reads';
import type { StorageContext } from '../../storage/storage-context';

const resources: Readonly<Record<string, string>> = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' };

/** What a token is to live no longer than. */
export interface Bound {
  object: BoundObject;
  /** Where a bound pod runs. */
  node?: Reference;
}

type ObjectReference = NonNullable<NonNullable<TokenRequest['spec']>['boundObjectRef']>;

/** Finds the object that a TokenRequest names, as it is now. */
export async function boundObject(
  storage: StorageContext,
  { namespace, account, reference }: { namespace: string; account: string; reference: ObjectReference },
): Promise<Bound> {
  const { kind = '', name = '', uid = '', apiVersion = '' } = reference;
  const [group, version] = groupVersionOf(apiVersion);
  const resource = group === '' ? resources[kind] : undefined;
  if (!resource) throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  const found = await newestObject(storage, resource, kind === 'Node' ? '' : namespace, name);
  if (!found) throw notFound({ group: '', resource }, name);
  const pod = kind === 'Pod' ? (found.object() as Pod) : undefined;
  if (pod && pod.spec?.serviceAccountName !== account) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
    );
  }
  if (uid !== '' && uid !== found.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: '', resource: kind }, name, why);
  }
  const object = { kind: kind as BoundObject['kind'], name, uid: found.uid };
  return pod?.spec?.nodeName ? { object, node: await nodeOf(storage, pod.spec.nodeName) } : { object };
}

/** The name alone where the node is not there (yet): it still tells where the pod is to run. */
async function nodeOf(storage: StorageContext, name: string): Promise<Reference> {
  const node = await newestObject(storage, 'nodes', '', name);
  return { name, ...(node ? { uid: node.uid } : {}) };
}

function groupVersionOf(apiVersion: string): [string, string] {
  const [group, version] = apiVersion.split('/', 2) as [string, string?];
  return version === undefined ? ['', group] : [group, version];
}
