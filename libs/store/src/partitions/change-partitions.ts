import type { DataSource, QueryRunner } from 'typeorm';
import type { Revision } from '../truth-store';
import { ChangePartition } from './change-partition.entity';
import type { PartitionSettings } from './partition-settings';

/** One replica at a time changes the set of partitions. */
const maintenanceLock = 0x6e65_7375;

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
    return this.locked((runner) => this.attachMissing(runner));
  }

  /** Drops whole partitions that are out of both retentions; returns the revision from which changes can be read. */
  compact(retention: { keepRevisions: number; olderThanMs: number }): Promise<Revision> {
    return this.locked(async (runner) => {
      const boundary = await this.moveBoundary(runner, retention);
      await this.keepPreviousBodies(runner, boundary);
      await this.dropBehind(runner, boundary);
      await runner.query(`DELETE FROM writer WHERE seen_at < now() - interval '1 day'`);
      return boundary;
    });
  }

  private async attachMissing(runner: QueryRunner): Promise<Revision> {
    const [current] = (await runner.query(`
      SELECT value, (SELECT max(high) FROM change_partition) AS high FROM revision`)) as {
      value: string;
      high: string | null;
    }[];
    const { width, ahead } = this.settings;
    let low = Number(current?.high ?? 0);
    while (low < Number(current?.value) + width * ahead) {
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

  private async moveBoundary(
    runner: QueryRunner,
    retention: { keepRevisions: number; olderThanMs: number },
  ): Promise<Revision> {
    await runner.query(`
      UPDATE change_partition SET filled_at = clock_timestamp()
      WHERE filled_at IS NULL AND high <= (SELECT value + 1 FROM revision)`);
    const [out] = (await runner.query(
      `SELECT max(high) - 1 AS boundary FROM change_partition, revision
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

  private async dropBehind(runner: QueryRunner, boundary: Revision): Promise<void> {
    const gone = await runner.manager
      .createQueryBuilder(ChangePartition, 'partition')
      .where('partition.high - 1 <= :boundary', { boundary })
      .orderBy('partition.low')
      .getMany();
    for (const { name } of gone) {
      const [attached] = (await runner.query(
        `SELECT inhdetachpending AS pending FROM pg_inherits WHERE inhrelid = to_regclass($1)`,
        [name],
      )) as { pending: boolean }[];
      // A crash half way leaves the detach pending; it is then finished rather than begun again.
      if (attached) {
        await runner.query(
          `ALTER TABLE change DETACH PARTITION ${name} ${attached.pending ? 'FINALIZE' : 'CONCURRENTLY'}`,
        );
      }
      await runner.query(`DROP TABLE IF EXISTS ${name}`);
      await runner.manager.delete(ChangePartition, { name });
    }
  }

  private async locked<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.connect();
      await runner.query('SELECT pg_advisory_lock($1)', [maintenanceLock]);
      try {
        return await work(runner);
      } finally {
        await runner.query('SELECT pg_advisory_unlock($1)', [maintenanceLock]).catch(() => undefined);
      }
    } finally {
      await runner.release();
    }
  }
}
