/** Binds claims to volumes, and keeps both while they are in use. */
export { PersistentVolumeModule } from './persistent-volume.module';
