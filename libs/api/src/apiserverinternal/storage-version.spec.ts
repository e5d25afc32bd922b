import type { StorageVersion } from '../meta/json-types';
import { commonEncodingVersion } from './common-encoding-version';
import { storageVersionDefinition } from './storage-version';
import { validateStorageVersionStatus } from './storage-version-validation';

type Status = NonNullable<StorageVersion['status']>;
const server = (apiServerID: string, encodingVersion = 'apps/v1', decodableVersions = [encodingVersion]) => ({
  apiServerID,
  encodingVersion,
  decodableVersions,
});

describe('StorageVersion', () => {
  it.each<[string, RegExp | undefined]>([
    ['apps.deployments', undefined],
    ['core.pods', undefined],
    ['rbac.authorization.k8s.io.roles', undefined],
    ['deployments', /in the form of <group>.<resource>/],
    ['Apps.deployments', /the group segment/],
    ['apps.1', /the resource segment/],
  ])('checks the name %s', (name, problem) => {
    const problems = storageVersionDefinition.strategy.nameCheck!(name, false).join();
    if (problem) expect(problems).toMatch(problem);
    else expect(problems).toBe('');
  });

  it.each<[string, Status, string[]]>([
    ['nothing', {}, []],
    ['agreement', { storageVersions: [server('a'), server('b')], commonEncodingVersion: 'apps/v1' }, []],
    ['disagreement', { storageVersions: [server('a'), server('b', 'apps/v2')] }, []],
    ['silence about agreement', { storageVersions: [server('a')] }, ['status.commonEncodingVersion']],
    ['a claim of nothing', { commonEncodingVersion: 'v1' }, ['status.commonEncodingVersion']],
    [
      'a version it cannot read',
      { storageVersions: [server('a', 'v1', ['v2'])], commonEncodingVersion: 'v1' },
      ['status.storageVersions[0].decodableVersions'],
    ],
    [
      'names that are none',
      { storageVersions: [server('A', 'a/b/c')], commonEncodingVersion: 'a/b/c' },
      [
        'status.storageVersions[0].apiServerID',
        'status.storageVersions[0].encodingVersion',
        'status.storageVersions[0].decodableVersions[0]',
      ],
    ],
    [
      'a condition twice, without a word',
      {
        conditions: [
          { type: 'AllEncodingVersionsEqual', status: 'True', reason: 'R', message: 'm' },
          { type: 'AllEncodingVersionsEqual', status: 'True', reason: '', message: '' },
        ],
      },
      ['status[1].type', 'status[1].reason', 'status[1].message'],
    ],
  ])('judges %s', (_, status, fields) => {
    expect(validateStorageVersionStatus(status).map((error) => error.field)).toEqual(fields);
  });

  it('shows who stores what', () => {
    const storageVersions = ['a', 'b', 'c', 'd'].map((id) => server(id));
    const status = { storageVersions, commonEncodingVersion: commonEncodingVersion({ storageVersions }) };
    const object = { apiVersion: '', kind: '', metadata: { name: 'apps.deployments' }, spec: {}, status };
    const cells = storageVersionDefinition.cells(object, new Date());
    expect(cells.slice(0, 3)).toEqual(['apps.deployments', 'apps/v1', 'a=apps/v1,b=apps/v1,c=apps/v1 + 1 more...']);
  });
});
