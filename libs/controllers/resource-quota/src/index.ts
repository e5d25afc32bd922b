/** Counts what the objects of a namespace use of what its quotas limit. */
export { ResourceQuotaModule } from './resource-quota.module';
export { type ResourceQuotaOptions } from './resource-quota.options';
