import { Module } from '@nestjs/common';
import { StorageVersionReconciler } from './storage-version.reconciler';

@Module({ providers: [StorageVersionReconciler] })
export class StorageVersionModule {}
