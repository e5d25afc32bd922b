export interface PartitionSettings {
  /** Revisions per partition. */
  width: number;
  /** Partitions kept ready ahead of the newest revision. */
  ahead: number;
}

export const defaultPartitions: PartitionSettings = { width: 50_000, ahead: 4 };
