import { Module, type DynamicModule } from '@nestjs/common';
import { LegacyTokenCleanerReconciler } from './legacy-tokens/token-cleaner.reconciler';
import { LegacyTokensReconciler } from './legacy-tokens/tokens.reconciler';
import { RootCaReconciler } from './root-ca.reconciler';
import { SERVICE_ACCOUNT_OPTIONS, type ServiceAccountOptions } from './serviceaccount.options';
import { ServiceAccountReconciler } from './serviceaccount.reconciler';

@Module({})
export class ServiceAccountModule {
  static forRoot(options: ServiceAccountOptions = {}): DynamicModule {
    return {
      module: ServiceAccountModule,
      providers: [
        { provide: SERVICE_ACCOUNT_OPTIONS, useValue: options },
        ServiceAccountReconciler,
        RootCaReconciler,
        LegacyTokensReconciler,
        LegacyTokenCleanerReconciler,
      ],
    };
  }
}
