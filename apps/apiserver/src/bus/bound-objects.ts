import { readNewest, type ObjectReader } from '@nestor/admission';
import { forbidden } from '@nestor/api';
import { nodeNameOf, type UserInfo } from '@nestor/auth';
import { busCredentials } from './bus-group';

/** An object without which a credential is void: this one, and no other that comes to have its name. */
export interface BoundObject {
  resource: string;
  namespace: string;
  name: string;
  uid: string;
}

type Place = Omit<BoundObject, 'uid'> & { uid?: string };

/** What a caller's credentials stand and fall with. Refuses whom it finds without. */
export async function boundObjects(user: UserInfo, reader: ObjectReader): Promise<BoundObject[]> {
  const bound: BoundObject[] = [];
  for (const { uid, ...place } of placesOf(user)) {
    const { resource, namespace, name } = place;
    const found = await readNewest(reader, [resource, namespace, name], ({ metadata }) => !uid || metadata.uid === uid);
    const current = found?.metadata.uid;
    if (current === undefined || (uid && uid !== current)) {
      const what = `${resource} ${JSON.stringify(namespace ? `${namespace}/${name}` : name)}`;
      throw forbidden(busCredentials, '', `user ${JSON.stringify(user.name)} stands for ${what}, which is not there`);
    }
    bound.push({ ...place, uid: current });
  }
  return bound;
}

const accountUser = 'system:serviceaccount:';
const claim = (user: UserInfo, key: string): string | undefined =>
  user.extra?.[`authentication.kubernetes.io/${key}`]?.[0];

function placesOf(user: UserInfo): Place[] {
  const node = nodeNameOf(user);
  if (node !== undefined) return [{ resource: 'nodes', namespace: '', name: node }];
  if (!user.name.startsWith(accountUser)) return [];
  const [namespace = '', name = ''] = user.name.slice(accountUser.length).split(':', 2);
  const [pod, host] = [claim(user, 'pod-name'), claim(user, 'node-name')];
  return [
    { resource: 'serviceaccounts', namespace, name, uid: user.uid },
    ...(pod ? [{ resource: 'pods', namespace, name: pod, uid: claim(user, 'pod-uid') }] : []),
    ...(host ? [{ resource: 'nodes', namespace: '', name: host, uid: claim(user, 'node-uid') }] : []),
  ];
}
