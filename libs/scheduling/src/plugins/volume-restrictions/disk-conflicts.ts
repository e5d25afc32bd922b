import type { Volume } from '../../volumes/pod-storage';

/** Two uses of one disk go together when both only read. */
function bothRead(a: { readOnly?: boolean }, b: { readOnly?: boolean }): boolean {
  return Boolean(a.readOnly && b.readOnly);
}

/** Whether the kinds of storage that one node may not use twice at a time meet in these volumes. */
export function disksConflict(a: Volume, b: Volume): boolean {
  if (a.gcePersistentDisk && b.gcePersistentDisk)
    return (
      a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName && !bothRead(a.gcePersistentDisk, b.gcePersistentDisk)
    );
  if (a.awsElasticBlockStore && b.awsElasticBlockStore)
    return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID;
  if (a.iscsi && b.iscsi) return a.iscsi.iqn === b.iscsi.iqn && !bothRead(a.iscsi, b.iscsi);
  if (a.rbd && b.rbd) return isSameImage(a.rbd, b.rbd) && !bothRead(a.rbd, b.rbd);
  return false;
}

function isSameImage(a: NonNullable<Volume['rbd']>, b: NonNullable<Volume['rbd']>): boolean {
  return (
    a.monitors.some((monitor) => b.monitors.includes(monitor)) &&
    (a.pool ?? 'rbd') === (b.pool ?? 'rbd') &&
    a.image === b.image
  );
}
