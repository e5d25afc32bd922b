/** Gives each namespace its default ServiceAccount and the cluster's CA, and token Secrets their token while they are needed. */
export { ServiceAccountModule } from './serviceaccount.module';
