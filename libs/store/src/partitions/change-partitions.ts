import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import type { Revision } from '../truth-store';
import { isLockNotAvailable } from '../connection/postgres-error';
import { ChangePartition } from './change-partition.entity';

/** One replica at a time drops partitions. Not the lock of those who make them: who drops may have to wait. */
const dropLock = 0x6e65_7376;

/** A partition goes in a moment when nobody has the change log in use; writers leave one after every commit. */
const dropAttempts = 50;
const betweenAttemptsMs = 10;

export interface Retention {
  keepRevisions: number;
  olderThanMs: number;
}

/**
 * The partitions of the change log that lie behind the writers: dropped by a function of the schema's owner. Nothing here
 * waits for a lock on the parent table, so writers never stand behind it.
 */
export class ChangePartitions {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Drops whole partitions that are out of both retentions; returns the revision from which changes can be read. A long
   * transaction that has read the change log keeps its tables from going, not the boundary from moving: what is left
   * goes in a later round. While another replica is at it there is nothing to do.
   */
  compact(retention: Retention): Promise<Revision> {
    return this.connected(async (runner) => {
      const [turn] = (await runner.query('SELECT pg_try_advisory_lock($1) AS mine, compacted FROM revision', [
        dropLock,
      ])) as { mine: boolean; compacted: string }[];
      if (!turn?.mine) return Number(turn?.compacted ?? 0);
      return this.compactAlone(runner, retention).finally(() => unlock(runner));
    });
  }

  private async compactAlone(runner: QueryRunner, retention: Retention): Promise<Revision> {
    const boundary = await this.moveBoundary(runner, retention);
    if (await this.hasPartitionsBehind(runner, boundary)) {
      await this.keepPreviousBodies(runner, boundary);
      while (await this.dropOldest(runner));
    }
    await runner.query(`DELETE FROM writer WHERE seen_at < now() - interval '1 day'`);
    return boundary;
  }

  private async moveBoundary(runner: QueryRunner, retention: Retention): Promise<Revision> {
    await runner.query(`
      UPDATE change_partition SET filled_at = clock_timestamp()
      WHERE filled_at IS NULL AND high <= (SELECT value + 1 FROM current_revision)`);
    const [out] = (await runner.query(
      `SELECT max(high) - 1 AS boundary FROM change_partition, current_revision
       WHERE high - 1 <= value - $1::bigint AND filled_at <= clock_timestamp() - $2::bigint * interval '1 millisecond'`,
      [retention.keepRevisions, retention.olderThanMs],
    )) as { boundary: string | null }[];
    // Committed before anything goes: readers look at the mark after they have read, writers keep the bodies of states behind it.
    const [[row]] = (await runner.query(
      'UPDATE revision SET compacted = greatest(compacted, $1::bigint) RETURNING compacted',
      [out?.boundary ?? 0],
    )) as [{ compacted: string }[], number];
    return Number(row?.compacted);
  }

  /** Changes that stay but whose state before goes: take it over. */
  private async keepPreviousBodies(runner: QueryRunner, boundary: Revision): Promise<void> {
    await runner.query(
      `UPDATE change c SET previous_body = p.body FROM change p
       WHERE c.revision > $1 AND c.previous > 0 AND c.previous <= $1 AND c.previous_body IS NULL
         AND p.revision = c.previous AND p.revision <= $1`,
      [boundary],
    );
  }

  private hasPartitionsBehind(runner: QueryRunner, boundary: Revision): Promise<boolean> {
    return runner.manager
      .createQueryBuilder(ChangePartition, 'partition')
      .where('partition.high - 1 <= :boundary', { boundary })
      .getExists();
  }

  /** False when no partition is left to drop, or one cannot go: a transaction elsewhere (a dump) reads the change log. */
  private async dropOldest(runner: QueryRunner): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const [row] = (await runner.query('SELECT drop_change_partition() AS dropped')) as { dropped: boolean }[];
        return row?.dropped === true;
      } catch (error) {
        if (!isLockNotAvailable(error)) throw error;
        if (attempt === dropAttempts) return false;
        await sleep(betweenAttemptsMs);
      }
    }
  }

  private async connected<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.connect();
      return await work(runner);
    } finally {
      await runner.release();
    }
  }
}

/** A connection that cannot say so is broken, which frees the lock as well. */
const unlock = (runner: QueryRunner): Promise<void> =>
  runner.query('SELECT pg_advisory_unlock($1)', [dropLock]).then(
    () => undefined,
    () => undefined,
  );
