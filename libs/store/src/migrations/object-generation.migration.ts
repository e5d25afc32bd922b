import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const sql = (file: string): string => readFileSync(join(__dirname, file), 'utf8');

/** Changes of one object cost the same however long a transaction elsewhere stays open (docs/adr/0008). */
export class ObjectGeneration1764160000000 implements MigrationInterface {
  name = 'ObjectGeneration1764160000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(sql('0003-object-generation.sql'));
    await runner.query(sql('0003-write-batch.sql'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE object DROP CONSTRAINT object_pkey, DROP COLUMN generation, DROP COLUMN edits,
      ADD PRIMARY KEY (resource, namespace, name)`);
    await runner.query(sql('0002-write-batch.sql'));
  }
}
