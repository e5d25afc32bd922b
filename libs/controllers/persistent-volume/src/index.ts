/**
 * Storage in the control plane: binding, provisioning and reclaiming, attaching, expanding, the claims of ephemeral
 * volumes, and protection of what is in use.
 */
export { PersistentVolumeModule } from './persistent-volume.module';
