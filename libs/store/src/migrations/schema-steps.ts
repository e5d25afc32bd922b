import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A version of the schema: what its migration is called, ending in a time, and the SQL that leads to it. */
export interface SchemaStep {
  name: string;
  files: readonly string[];
}

/** The first tables. */
export const createTruthStore: SchemaStep = {
  name: 'CreateTruthStore1764000000000',
  files: ['0001-tables.sql', '0001-write-batch.sql'],
};

/** Commits cost the same however long a transaction elsewhere stays open (docs/adr/0008). */
export const revisionHead: SchemaStep = {
  name: 'RevisionHead1764150000000',
  files: ['0002-revision-head.sql', '0002-write-batch.sql'],
};

/** Changes of one object cost the same however long a transaction elsewhere stays open (docs/adr/0008). */
export const objectGeneration: SchemaStep = {
  name: 'ObjectGeneration1764160000000',
  files: ['0003-object-generation.sql', '0003-write-batch.sql'],
};

/** The server changes the schema by two functions alone, so it needs no right to do so (docs/adr/0016). */
export const partitionFunctions: SchemaStep = {
  name: 'PartitionFunctions1764170000000',
  files: ['0004-partition-functions.sql'],
};

/** All of them, in order. A later change of the schema is a new step with new files; these stay as they are. */
export const schemaSteps: readonly SchemaStep[] = [
  createTruthStore,
  revisionHead,
  objectGeneration,
  partitionFunctions,
];

export const migrationsTable = 'schema_migration';

export const sql = (file: string): string => readFileSync(join(__dirname, file), 'utf8');
