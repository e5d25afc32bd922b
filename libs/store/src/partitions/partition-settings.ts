export interface PartitionSettings {
  /** Revisions per partition. */
  width: number;
  /** Partitions kept ready ahead of the newest revision; more where these would be fewer than `leastAhead` revisions. */
  ahead: number;
}

export const defaultPartitions: PartitionSettings = { width: 50_000, ahead: 4 };

/** Revisions that are always ready: several of the largest batches, however narrow the partitions are. */
const leastAhead = 512;

export const revisionsAhead = ({ width, ahead }: PartitionSettings): number => Math.max(width * ahead, leastAhead);
