import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const sql = (file: string): string => readFileSync(join(__dirname, file), 'utf8');

/** Commits cost the same however long a transaction elsewhere stays open (docs/adr/0008). */
export class RevisionHead1764150000000 implements MigrationInterface {
  name = 'RevisionHead1764150000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(sql('0002-revision-head.sql'));
    await runner.query(sql('0002-write-batch.sql'));
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
