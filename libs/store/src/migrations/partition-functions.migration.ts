import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The server changes the schema by two functions alone, so it needs no right to do so (docs/adr/0016). */
export class PartitionFunctions1764170000000 implements MigrationInterface {
  name = 'PartitionFunctions1764170000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(readFileSync(join(__dirname, '0004-partition-functions.sql'), 'utf8'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION make_change_partition, drop_change_partition');
  }
}
