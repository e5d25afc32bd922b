import { Module } from '@nestjs/common';
import { EndpointSliceReconciler } from './endpointslice.reconciler';
import { EndpointsReconciler } from './endpoints.reconciler';

@Module({ providers: [EndpointSliceReconciler, EndpointsReconciler] })
export class EndpointSliceModule {}
