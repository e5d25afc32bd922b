import type { StorageVersion } from '../meta/json-types';

type Status = NonNullable<StorageVersion['status']>;

/** The version that all servers store the resource in; undefined where they do not agree or where there are none. */
export function commonEncodingVersion({ storageVersions = [] }: Pick<Status, 'storageVersions'>): string | undefined {
  const [first] = storageVersions;
  return storageVersions.every(({ encodingVersion }) => encodingVersion === first?.encodingVersion)
    ? first?.encodingVersion
    : undefined;
}
