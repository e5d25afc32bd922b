/** Runs the pods of Jobs to completion: counts their ends once each, replaces failures, ends Jobs by their policies. */
export { JobModule } from './job.module';
