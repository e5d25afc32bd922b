import { Module } from '@nestjs/common';
import { DeviceTaintEvictionReconciler } from './device-taint-eviction.reconciler';

@Module({ providers: [DeviceTaintEvictionReconciler] })
export class DeviceTaintEvictionModule {}
