import { commonEncodingVersion, type DeepReadonly, type StorageVersion } from '@nestor/api';

type Status = NonNullable<StorageVersion['status']>;
type Condition = NonNullable<Status['conditions']>[number];

export type StorageVersionPlan = { action: 'keep' } | { action: 'delete' } | { action: 'update'; status: Status };

const equalType = 'AllEncodingVersionsEqual';
const equal = { status: 'True', reason: 'CommonEncodingVersionSet', message: 'Common encoding version set' };
const unequal = { status: 'False', reason: 'CommonEncodingVersionUnset', message: 'Common encoding version unset' };

/** What is left of it without the servers that are gone (storageversiongc, SetCommonEncodingVersion). */
export function planStorageVersion(
  storageVersion: DeepReadonly<StorageVersion>,
  isLive: (apiServerId: string) => boolean,
  now: string,
): StorageVersionPlan {
  const { storageVersions: all = [], conditions = [] } = structuredClone(storageVersion.status ?? {}) as Status;
  const storageVersions = all.filter(({ apiServerID = '' }) => isLive(apiServerID));
  if (storageVersions.length === all.length) return { action: 'keep' };
  if (storageVersions.length === 0) return { action: 'delete' };
  const common = commonEncodingVersion({ storageVersions });
  const condition = conditionOf(conditions, common === undefined ? unequal : equal, {
    now,
    observedGeneration: storageVersion.metadata.generation,
  });
  return {
    action: 'update',
    status: {
      storageVersions,
      ...(common === undefined ? {} : { commonEncodingVersion: common }),
      conditions: [...conditions.filter(({ type }) => type !== equalType), condition],
    },
  };
}

function conditionOf(
  conditions: readonly Condition[],
  wanted: typeof equal,
  { now, observedGeneration }: { now: string; observedGeneration?: number },
): Condition {
  const before = conditions.find(({ type }) => type === equalType);
  const lastTransitionTime = (before?.status === wanted.status && before.lastTransitionTime) || now;
  return { type: equalType, ...wanted, lastTransitionTime, ...(observedGeneration ? { observedGeneration } : {}) };
}
