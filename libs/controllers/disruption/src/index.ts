/** Keeps the status of PodDisruptionBudgets: how many of their pods may be evicted right now. */
export { DisruptionModule } from './disruption.module';
