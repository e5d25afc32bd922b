import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTruthStore, sql } from './schema-steps';

export class CreateTruthStore1764000000000 implements MigrationInterface {
  name = createTruthStore.name;

  async up(runner: QueryRunner): Promise<void> {
    for (const file of createTruthStore.files) await runner.query(sql(file));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION write_batch, resolve_batch');
    await runner.query('DROP TABLE change, object, revision, change_partition, writer, reader_position');
  }
}
