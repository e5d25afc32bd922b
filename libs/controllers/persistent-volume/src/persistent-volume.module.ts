import { Module, type DynamicModule } from '@nestjs/common';
import { AttachDetachReconciler } from './attach-detach/attach-detach.reconciler';
import { PersistentVolumeBinderReconciler } from './binder/persistent-volume-binder.reconciler';
import { EphemeralVolumeReconciler } from './ephemeral/ephemeral-volume.reconciler';
import { VolumeExpanderReconciler } from './expand/volume-expander.reconciler';
import { NodeLocalVolumeReconciler } from './node-local/node-local-volume.reconciler';
import { VOLUME_OPTIONS, type VolumeOptions } from './persistent-volume.options';
import { AttributesClassProtectionReconciler } from './protection/attributes-class-protection.reconciler';
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
        AttachDetachReconciler,
        VolumeExpanderReconciler,
        EphemeralVolumeReconciler,
        ClaimProtectionReconciler,
        VolumeProtectionReconciler,
        AttributesClassProtectionReconciler,
      ],
    };
  }
}
