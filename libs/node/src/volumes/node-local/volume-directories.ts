import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeLocalProvisioner, provisionedBy, type PersistentVolume } from '@nestor/api';

/** The directories that are this node's node-local volumes. Their data outlives pods, kubelets and the machine's start. */
export class VolumeDirectories {
  constructor(readonly root: string) {}

  /** Made at the first use. Open to every user as a fresh volume is; fsGroup narrows it. */
  ensure({ metadata, spec }: PersistentVolume): void {
    const { path } = spec?.local ?? {};
    const isOurs = metadata.annotations?.[provisionedBy] === nodeLocalProvisioner;
    if (!isOurs || !path || dirname(path) !== this.root) return;
    if (mkdirSync(path, { recursive: true })) chmodSync(path, 0o777);
  }

  remove(volumeName: string): void {
    const path = join(this.root, volumeName);
    if (dirname(path) !== this.root) throw new Error(`"${volumeName}" is not the name of a volume`);
    rmSync(path, { recursive: true, force: true });
  }
}
