import type { DataSource, QueryRunner } from 'typeorm';
import type { Revision } from '../truth-store';
import { isLockTimeout } from '../connection/postgres-error';
import { ChangePartition } from './change-partition.entity';
import { type PartitionSettings, revisionsAhead } from './partition-settings';

/** One replica at a time makes partitions, and one drops them: who drops may have to wait, who makes must not. */
const makeLock = 0x6e65_7375;
const dropLock = 0x6e65_7376;

/** How long a partition's detach waits for the transactions that have read the change log, before it is left pending. */
const detachWaitMs = 1000;

export interface Retention {
  keepRevisions: number;
  olderThanMs: number;
}

/**
 * The partitions of the change log: made ahead of the writers, dropped behind them. Nothing here takes a lock on the
 * parent table that writers would wait for: ATTACH and DETACH CONCURRENTLY, never CREATE ... PARTITION OF.
 */
export class ChangePartitions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: PartitionSettings,
  ) {}

  /** Makes what is missing ahead of the newest revision; returns the end of the newest partition. */
  makeAhead(): Promise<Revision> {
    return this.connected(async (runner) => {
      await runner.query('SELECT pg_advisory_lock($1)', [makeLock]);
      return this.attachMissing(runner).finally(() => unlock(runner, makeLock));
    });
  }

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
      return this.compactAlone(runner, retention).finally(() => unlock(runner, dropLock));
    });
  }

  private async compactAlone(runner: QueryRunner, retention: Retention): Promise<Revision> {
    const boundary = await this.moveBoundary(runner, retention);
    const gone = await this.behind(runner, boundary);
    if (gone.length > 0) {
      await this.keepPreviousBodies(runner, boundary);
      await this.drop(runner, gone);
    }
    await runner.query(`DELETE FROM writer WHERE seen_at < now() - interval '1 day'`);
    return boundary;
  }

  private async attachMissing(runner: QueryRunner): Promise<Revision> {
    const [current] = (await runner.query(`
      SELECT value, (SELECT max(high) FROM change_partition) AS high FROM current_revision`)) as {
      value: string;
      high: string | null;
    }[];
    const { width } = this.settings;
    let low = Number(current?.high ?? 0);
    while (low < Number(current?.value) + revisionsAhead(this.settings)) {
      await this.attach(runner, low, low + width);
      low += width;
    }
    return low;
  }

  private async attach(runner: QueryRunner, low: Revision, high: Revision): Promise<void> {
    const name = `change_${low}`;
    await runner.startTransaction();
    try {
      // The check lets ATTACH skip its scan; with it and the primary key in place ATTACH only writes the catalogue.
      await runner.query(`CREATE TABLE ${name} (LIKE change INCLUDING ALL,
        CONSTRAINT ${name}_range CHECK (revision >= ${low} AND revision < ${high}))`);
      await runner.query(`ALTER TABLE change ATTACH PARTITION ${name} FOR VALUES FROM (${low}) TO (${high})`);
      await runner.manager.insert(ChangePartition, { name, low, high, filledAt: null });
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
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

  private behind(runner: QueryRunner, boundary: Revision): Promise<ChangePartition[]> {
    return runner.manager
      .createQueryBuilder(ChangePartition, 'partition')
      .where('partition.high - 1 <= :boundary', { boundary })
      .orderBy('partition.low')
      .getMany();
  }

  private async drop(runner: QueryRunner, partitions: readonly ChangePartition[]): Promise<void> {
    await runner.query(`SET lock_timeout = ${detachWaitMs}`);
    try {
      for (const { name } of partitions) {
        await this.detach(runner, name);
        await runner.query(`DROP TABLE IF EXISTS ${name}`);
        await runner.manager.delete(ChangePartition, { name });
      }
    } catch (error) {
      // A transaction elsewhere (a dump) still reads the change log. Readers and writers do not notice.
      if (!isLockTimeout(error)) throw error;
    } finally {
      await runner.query('RESET lock_timeout').catch(() => undefined);
    }
  }

  private async detach(runner: QueryRunner, name: string): Promise<void> {
    const [attached] = (await runner.query(
      `SELECT inhdetachpending AS pending FROM pg_inherits WHERE inhrelid = to_regclass($1)`,
      [name],
    )) as { pending: boolean }[];
    if (!attached) return;
    // Given up or crashed half way, a detach is pending; it is then finished rather than begun again.
    const how = attached.pending ? 'FINALIZE' : 'CONCURRENTLY';
    await runner.query(`ALTER TABLE change DETACH PARTITION ${name} ${how}`);
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
const unlock = (runner: QueryRunner, lock: number): Promise<void> =>
  runner.query('SELECT pg_advisory_unlock($1)', [lock]).then(
    () => undefined,
    () => undefined,
  );
