import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const sql = (file: string): string => readFileSync(join(__dirname, file), 'utf8');

/** The first tables. A later change of the schema is a new migration with new files; these stay as they are. */
export class CreateTruthStore1764000000000 implements MigrationInterface {
  name = 'CreateTruthStore1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(sql('0001-tables.sql'));
    await runner.query(sql('0001-write-batch.sql'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION write_batch, resolve_batch');
    await runner.query('DROP TABLE change, object, revision, change_partition, writer, reader_position');
  }
}
