import { Module, type DynamicModule } from '@nestjs/common';
import { RESOURCE_QUOTA_OPTIONS, type ResourceQuotaOptions } from './resource-quota.options';
import { ResourceQuotaReconciler } from './resource-quota.reconciler';

@Module({})
export class ResourceQuotaModule {
  static forRoot(options: ResourceQuotaOptions = {}): DynamicModule {
    return {
      module: ResourceQuotaModule,
      providers: [{ provide: RESOURCE_QUOTA_OPTIONS, useValue: options }, ResourceQuotaReconciler],
    };
  }
}
