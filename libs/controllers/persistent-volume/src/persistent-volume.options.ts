export interface VolumeOptions {
  /** Make volumes for kubernetes.io/host-path on this machine (--enable-hostpath-provisioner). */
  enableHostPathProvisioner?: boolean;
  /** Detach after six minutes from nodes that are gone, mounted or not (--disable-force-detach-on-timeout turns it off). */
  disableForceDetachOnTimeout?: boolean;
}

export const VOLUME_OPTIONS = Symbol('nestor.VolumeOptions');
