/** Deletes what has lost its owners: in the background, in the foreground, or not at all (orphan). */
export { GarbageCollectorModule } from './garbage-collector.module';
