import type { MigrationInterface, QueryRunner } from 'typeorm';
import { partitionFunctions, sql } from './schema-steps';

export class PartitionFunctions1764170000000 implements MigrationInterface {
  name = partitionFunctions.name;

  async up(runner: QueryRunner): Promise<void> {
    for (const file of partitionFunctions.files) await runner.query(sql(file));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION make_change_partition, drop_change_partition');
  }
}
