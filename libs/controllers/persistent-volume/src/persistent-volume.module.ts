import { Module } from '@nestjs/common';
import { PersistentVolumeBinderReconciler } from './binder/persistent-volume-binder.reconciler';
import { ClaimProtectionReconciler } from './protection/claim-protection.reconciler';
import { VolumeProtectionReconciler } from './protection/volume-protection.reconciler';

@Module({ providers: [PersistentVolumeBinderReconciler, ClaimProtectionReconciler, VolumeProtectionReconciler] })
export class PersistentVolumeModule {}
