/**
 * The truth store: every object, its version, and the change log, on Postgres. One writer, one revision in commit
 * order, group commit. It knows resources, names and bytes; what the bytes mean is the API server's.
 */
export { restoreObjects, type RestoreOptions, type Restored } from './backup/restore-objects';
export * from './postgres-truth-store';
export { prepareDatabase, type DatabasePreparation } from './roles/prepare-database';
export * from './truth-store';
