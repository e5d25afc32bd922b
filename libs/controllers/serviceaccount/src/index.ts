/** Gives each namespace its default ServiceAccount and the cluster's CA. */
export { ServiceAccountModule } from './serviceaccount.module';
