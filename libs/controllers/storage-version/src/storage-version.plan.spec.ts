import fc from 'fast-check';
import type { StorageVersion } from '@nestor/api';
import { planStorageVersion } from './storage-version.plan';

const now = '2026-01-01T00:00:00Z';
const made = (servers: [string, string][]): StorageVersion => ({
  apiVersion: 'internal.apiserver.k8s.io/v1alpha1',
  kind: 'StorageVersion',
  metadata: { name: 'apps.deployments' },
  spec: {},
  status: {
    storageVersions: servers.map(([apiServerID, encodingVersion]) => ({
      apiServerID,
      encodingVersion,
      decodableVersions: [encodingVersion],
    })),
  },
});

describe('planStorageVersion', () => {
  it('keeps what only living servers are in, and what no server is in yet', () => {
    expect(planStorageVersion(made([['a', 'v1']]), () => true, now)).toEqual({ action: 'keep' });
    expect(planStorageVersion(made([]), () => false, now)).toEqual({ action: 'keep' });
  });

  it('deletes what no living server is in', () => {
    expect(planStorageVersion(made([['a', 'v1']]), () => false, now)).toEqual({ action: 'delete' });
  });

  it('says whether those that are left agree', () => {
    const servers: [string, string][] = [
      ['a', 'v1'],
      ['b', 'v1'],
      ['c', 'v2'],
    ];
    expect(planStorageVersion(made(servers), (id) => id !== 'c', now)).toMatchObject({
      status: {
        commonEncodingVersion: 'v1',
        conditions: [{ type: 'AllEncodingVersionsEqual', status: 'True', reason: 'CommonEncodingVersionSet' }],
      },
    });
    expect(planStorageVersion(made(servers), (id) => id !== 'a', now)).toMatchObject({
      status: { conditions: [{ status: 'False', reason: 'CommonEncodingVersionUnset' }] },
    });
  });

  it('leaves no dead server in and takes no living one out, and does nothing more the next time', () => {
    const server = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('v1', 'v2'));
    fc.assert(
      fc.property(fc.array(server), fc.subarray(['a', 'b', 'c', 'd']), (servers, living) => {
        const before = made(servers);
        const plan = planStorageVersion(before, (id) => living.includes(id), now);
        const left = servers.filter(([id]) => living.includes(id)).map(([id]) => id);
        if (plan.action !== 'update') return;
        expect(plan.status.storageVersions?.map(({ apiServerID }) => apiServerID)).toEqual(left);
        expect(planStorageVersion({ ...before, status: plan.status }, (id) => living.includes(id), now)).toEqual({
          action: 'keep',
        });
      }),
    );
  });
});
