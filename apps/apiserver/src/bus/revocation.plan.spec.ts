import type { BoundObject } from './bound-objects';
import { planRevocations } from './revocation.plan';

const now = 1_000_000;
const node = (name: string, uid: string): BoundObject => ({ resource: 'nodes', namespace: '', name, uid });
const record = (publicKey: string, boundTo: BoundObject[], until = now + 1500) => ({
  publicKey,
  username: 'x',
  boundTo,
  until,
});
const stands = ({ uid }: BoundObject): boolean => uid === 'there';

describe('what is revoked', () => {
  it.each([
    ['is nothing of who is bound to nothing', [record('A', [])], {}, []],
    ['is nothing while what it is bound to stands', [record('A', [node('n', 'there')])], {}, []],
    [
      'is a key whose node is gone, for as long as its credentials may be good',
      [record('A', [node('n', 'old')])],
      { A: 1002 },
      [],
    ],
    [
      'is a key that lacks one of several',
      [record('A', [node('n', 'there'), node('m', 'old')]), record('B', [node('n', 'there')])],
      { A: 1002 },
      [],
    ],
    ['is nothing any more once all its credentials have expired', [record('A', [node('n', 'old')], now)], {}, ['A']],
  ])('%s', (_what, records, revocations, expired) => {
    const plan = planRevocations(records, stands, now);
    expect(plan.revocations).toEqual(revocations);
    expect(plan.expired.map(({ publicKey }) => publicKey)).toEqual(expired);
  });
});
