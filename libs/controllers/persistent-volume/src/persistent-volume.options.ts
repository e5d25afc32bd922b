export interface VolumeOptions {
  /** Make volumes for kubernetes.io/host-path on this machine (--enable-hostpath-provisioner). */
  enableHostPathProvisioner?: boolean;
  /** Wait for nodes that are not healthy for as long as it takes, not six minutes (--disable-force-detach-on-timeout). */
  disableForceDetachOnTimeout?: boolean;
}

export const VOLUME_OPTIONS = Symbol('nestor.VolumeOptions');
