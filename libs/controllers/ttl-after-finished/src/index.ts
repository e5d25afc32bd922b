/** Deletes finished Jobs that say how long they want to be kept. */
export { TtlAfterFinishedModule } from './ttl-after-finished.module';
