import { Module, type DynamicModule } from '@nestjs/common';
import { HORIZONTAL_POD_AUTOSCALER_OPTIONS, type HorizontalPodAutoscalerOptions } from './autoscaler.options';
import { HorizontalPodAutoscalerReconciler } from './autoscaler.reconciler';

@Module({})
export class HorizontalPodAutoscalerModule {
  static forRoot(options: HorizontalPodAutoscalerOptions = {}): DynamicModule {
    return {
      module: HorizontalPodAutoscalerModule,
      providers: [{ provide: HORIZONTAL_POD_AUTOSCALER_OPTIONS, useValue: options }, HorizontalPodAutoscalerReconciler],
    };
  }
}
