import { Module, type DynamicModule } from '@nestjs/common';
import { ENDPOINT_SLICE_OPTIONS, type EndpointSliceOptions } from './endpointslice.options';
import { EndpointSliceReconciler } from './endpointslice.reconciler';
import { EndpointsReconciler } from './endpoints.reconciler';
import { MirroringReconciler } from './mirroring.reconciler';

@Module({})
export class EndpointSliceModule {
  static forRoot(options: EndpointSliceOptions = {}): DynamicModule {
    return {
      module: EndpointSliceModule,
      providers: [
        { provide: ENDPOINT_SLICE_OPTIONS, useValue: options },
        EndpointSliceReconciler,
        EndpointsReconciler,
        MirroringReconciler,
      ],
    };
  }
}
