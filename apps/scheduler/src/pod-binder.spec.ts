import { Pod, conflict, internalError, notFound, serviceUnavailable, tooManyRequests } from '@nestor/api';
import type { ResourceClient } from '@nestor/client';
import { podInfo } from '@nestor/scheduling';
import { postBinding } from './pod-binder';

const pods = { group: '', resource: 'pods' };
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', uid: 'u' }, spec: {} } as Pod;
const placed = (nodeName: string, uid = 'u'): Pod =>
  ({ ...pod, metadata: { ...pod.metadata, uid }, spec: { nodeName } }) as Pod;
const cut = serviceUnavailable('cut', 1);
const taken = conflict(pods, 'p', 'taken');

/** A server that gives these answers, one after the other: an error, or what is fine. */
async function bind(bindings: (Error | 'ok')[], reads: (Error | Pod)[] = []): Promise<string> {
  const client = {
    createSubresource: () => {
      const answer = bindings.shift();
      return answer === 'ok' ? Promise.resolve() : Promise.reject(answer ?? new Error('asked too often'));
    },
    get: () => {
      const answer = reads.shift() ?? new Error('read too often');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  } as unknown as ResourceClient<Pod>;
  const outcome = await postBinding(client)(podInfo(pod), 'n').then(
    () => 'bound',
    (error: unknown) => (error as Error).message,
  );
  expect([bindings.length, reads.length]).toEqual([0, 0]);
  return outcome;
}

describe('a binding', () => {
  it.each<[string, (Error | 'ok')[], (Error | Pod)[], string]>([
    ['is sent once when it is answered', ['ok'], [], 'bound'],
    ['is sent again after an answer that got lost', [cut, internalError('x'), 'ok'], [], 'bound'],
    ['counts when an attempt before was heard', [cut, taken], [placed('n')], 'bound'],
    ['is lost to another node', [taken], [placed('m')], taken.message],
    ['is lost to another pod of the name', [cut, taken], [placed('n', 'other')], taken.message],
    ['is refused at once where no attempt may be under way', [taken], [pod], taken.message],
    ['may still arrive after a refusal', [cut, taken, 'ok'], [pod], 'bound'],
    ['is not given up while the pod cannot be read', [taken, 'ok'], [cut], 'bound'],
    ['ends with its pod', [cut, notFound(pods, 'p')], [], notFound(pods, 'p').message],
    ['says nothing of an earlier attempt when it is turned away', [cut, tooManyRequests('x', 0), 'ok'], [], 'bound'],
  ])('%s', async (_what, bindings, reads, outcome) => expect(await bind(bindings, reads)).toBe(outcome));
});
