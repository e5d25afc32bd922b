import type { MigrationInterface, QueryRunner } from 'typeorm';
import { revisionHead, sql } from './schema-steps';

export class RevisionHead1764150000000 implements MigrationInterface {
  name = revisionHead.name;

  async up(runner: QueryRunner): Promise<void> {
    for (const file of revisionHead.files) await runner.query(sql(file));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE revision ADD COLUMN value bigint');
    await runner.query('UPDATE revision SET value = (SELECT value FROM current_revision)');
    await runner.query('DROP FUNCTION write_batch, resolve_batch, advance_revision');
    await runner.query('DROP VIEW current_revision');
    await runner.query('DROP TABLE revision_head');
    await runner.query(sql('0001-write-batch.sql'));
  }
}
