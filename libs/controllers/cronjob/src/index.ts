/** Starts Jobs by the clock, once for each time that is due, and keeps the history of them short. */
export { CronJobModule } from './cronjob.module';
