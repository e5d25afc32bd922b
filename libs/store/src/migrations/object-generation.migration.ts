import type { MigrationInterface, QueryRunner } from 'typeorm';
import { objectGeneration, sql } from './schema-steps';

export class ObjectGeneration1764160000000 implements MigrationInterface {
  name = objectGeneration.name;

  async up(runner: QueryRunner): Promise<void> {
    for (const file of objectGeneration.files) await runner.query(sql(file));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE object DROP CONSTRAINT object_pkey, DROP COLUMN generation, DROP COLUMN edits,
      ADD PRIMARY KEY (resource, namespace, name)`);
    await runner.query(sql('0002-write-batch.sql'));
  }
}
