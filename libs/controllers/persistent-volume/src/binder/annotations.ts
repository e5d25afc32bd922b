/** What the binder leaves on claims and volumes (pkg/controller/volume/persistentvolume/util). */
export const bindCompleted = 'pv.kubernetes.io/bind-completed';
export const boundByController = 'pv.kubernetes.io/bound-by-controller';
export const storageProvisioner = 'volume.kubernetes.io/storage-provisioner';
export const betaStorageProvisioner = 'volume.beta.kubernetes.io/storage-provisioner';
export const selectedNode = 'volume.kubernetes.io/selected-node';

/** Keeps a volume that the binder provisioned until its storage is deleted. */
export const inTreeDeletionFinalizer = 'kubernetes.io/pv-controller';
/** The same for volumes of external provisioners. */
export const externalDeletionFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';
