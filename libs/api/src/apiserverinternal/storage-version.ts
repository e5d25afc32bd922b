import type { StorageVersion } from '../meta/json-types';
import { isDns1035Label, isDns1123Subdomain } from '../meta/names';
import type { ObjectNameCheck } from '../meta/object-name';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { validateStorageVersionStatus } from './storage-version-validation';

/** group.resource, where the core group is "core". */
const storageVersionName: ObjectNameCheck = (name) => {
  const dot = name.lastIndexOf('.');
  if (dot < 0) return ['name must be in the form of <group>.<resource>'];
  return [
    ...isDns1123Subdomain(name.slice(0, dot)).map((problem) => `the group segment ${problem}`),
    ...isDns1035Label(name.slice(dot + 1)).map((problem) => `the resource segment ${problem}`),
  ];
};

const encodings = ({ status }: StorageVersion): string => {
  const all = (status?.storageVersions ?? []).map(
    ({ apiServerID, encodingVersion }) => `${apiServerID}=${encodingVersion}`,
  );
  return all.length <= 3 ? all.join(',') : `${all.slice(0, 3).join(',')} + ${all.length - 3} more...`;
};

export const storageVersionDefinition = defineKind({
  group: 'internal.apiserver.k8s.io',
  version: 'v1alpha1',
  kind: 'StorageVersion',
  plural: 'storageversions',
  namespaced: false,
  definition: 'io.k8s.api.apiserverinternal.v1alpha1.StorageVersion',
  hasStatus: true,
  strategy: {
    nameCheck: storageVersionName,
    // The spec is empty: only the status says anything.
    validateUpdate: ({ status }: StorageVersion, _old: StorageVersion, { subresource }: StrategyContext) =>
      subresource === 'status' ? validateStorageVersionStatus(status ?? {}) : [],
  },
  columns: [
    nameColumn,
    column('CommonEncodingVersion', 'string', 'The version that all API servers store this resource in.'),
    column('StorageVersions', 'string', 'The versions that each API server stores this resource in.'),
    ageColumn,
  ],
  cells: (storageVersion: StorageVersion, now: Date) => [
    storageVersion.metadata.name,
    storageVersion.status?.commonEncodingVersion ?? '<unset>',
    encodings(storageVersion) || '<unset>',
    age(storageVersion, now),
  ],
});
