import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** What the kubelet writes beside a CSI volume, so that whoever comes after it can take the volume away. */
export interface VolumeData {
  specVolID: string;
  volumeHandle: string;
  driverName: string;
  nodeName: string;
  /** The VolumeAttachment; '' where the driver needs none. */
  attachmentID: string;
  volumeLifecycleMode: 'Persistent' | 'Ephemeral';
  /** 'true' from the moment the driver may have published the volume. */
  published?: string;
}

const dataFile = 'vol_data.json';
const plugin = 'kubernetes.io~csi';
const kinds = ['volumes', 'volumeDevices'] as const;

/** Where CSI volumes stand below a kubelet's root directory (pkg/volume/csi). */
export class CsiPaths {
  constructor(private readonly root: string) {}

  /** The pod's part of a volume: vol_data.json, and the target beside it. */
  podVolume(podUid: string, name: string, isBlock: boolean): string {
    return join(this.root, 'pods', podUid, isBlock ? 'volumeDevices' : 'volumes', plugin, name);
  }

  /** The node's part: one for all pods, named by the volume's handle. */
  staged(driver: string, handle: string): string {
    const hash = createHash('sha256').update(handle).digest('hex');
    return join(this.root, 'plugins', 'kubernetes.io', 'csi', driver, hash);
  }

  podVolumes(podUid: string): string[] {
    return kinds.flatMap((kind) => withData(join(this.root, 'pods', podUid, kind, plugin)));
  }

  allPodVolumes(): string[] {
    return foldersIn(join(this.root, 'pods')).flatMap((path) => this.podVolumes(path.slice(dirname(path).length + 1)));
  }

  allStaged(): string[] {
    return foldersIn(join(this.root, 'plugins', 'kubernetes.io', 'csi')).flatMap(withData);
  }
}

export const targetOf = (podVolume: string): string => join(podVolume, 'mount');
export const globalMountOf = (staged: string): string => join(staged, 'globalmount');

export const hasVolumeData = (directory: string): boolean => existsSync(join(directory, dataFile));

export function readVolumeData(directory: string): VolumeData {
  return JSON.parse(readFileSync(join(directory, dataFile), 'utf8')) as VolumeData;
}

/** At once or not at all: half a file would make the volume unknown. */
export function writeVolumeData(directory: string, data: VolumeData): void {
  mkdirSync(directory, { recursive: true, mode: 0o750 });
  const file = join(directory, dataFile);
  writeFileSync(`${file}.new`, JSON.stringify(data));
  renameSync(`${file}.new`, file);
}

/** Never what is in a directory: what a driver has left mounted there is somebody's data. */
export function removeVolumeDirectory(directory: string, mount: string): void {
  if (existsSync(mount)) removeEmpty(mount);
  rmSync(join(directory, dataFile), { force: true });
  rmSync(join(directory, `${dataFile}.new`), { force: true });
  rmdirSync(directory);
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    // A block volume's target is a file.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    rmSync(path);
  }
}

function foldersIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(directory, name));
}

const withData = (directory: string): string[] => foldersIn(directory).filter(hasVolumeData);
