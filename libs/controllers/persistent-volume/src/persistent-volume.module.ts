import { Module, type DynamicModule } from '@nestjs/common';
import { PersistentVolumeBinderReconciler } from './binder/persistent-volume-binder.reconciler';
import { NodeLocalVolumeReconciler } from './node-local/node-local-volume.reconciler';
import { VOLUME_OPTIONS, type VolumeOptions } from './persistent-volume.options';
import { ClaimProtectionReconciler } from './protection/claim-protection.reconciler';
import { VolumeProtectionReconciler } from './protection/volume-protection.reconciler';

@Module({})
export class PersistentVolumeModule {
  static forRoot(options: VolumeOptions = {}): DynamicModule {
    return {
      module: PersistentVolumeModule,
      providers: [
        { provide: VOLUME_OPTIONS, useValue: options },
        PersistentVolumeBinderReconciler,
        NodeLocalVolumeReconciler,
        ClaimProtectionReconciler,
        VolumeProtectionReconciler,
      ],
    };
  }
}
