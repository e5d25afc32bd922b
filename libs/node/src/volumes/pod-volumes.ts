import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { quantityValue, type Container, type DeepReadonly, type Pod, type Volume } from '@nestor/api';
import type { Mount } from '@nestor/cri';
import { expand } from '../environment/expand';
import { writeAtomically } from './atomic-writer';
import { prepareHostPath } from './host-path';
import { volumePayload, type PayloadContext } from './volume-payload';

const run = promisify(execFile);

/** The volumes of pods: prepared before the first container, kept up to date while the pod runs, then taken away. */
export interface PodVolumes {
  prepare(context: PayloadContext): Promise<void>;
  /** Writes changed objects anew. */
  refresh(context: PayloadContext): Promise<void>;
  mounts(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, env: ReadonlyMap<string, string>): Mount[];
  remove(podUid: string): Promise<void>;
}

/** Directories below <root>/pods/<uid>/volumes. */
export class HostPodVolumes implements PodVolumes {
  constructor(private readonly podsDirectory: string) {}

  async prepare(context: PayloadContext): Promise<void> {
    for (const volume of context.pod.spec?.volumes ?? []) {
      try {
        await this.prepareVolume(volume, context);
      } catch (error) {
        throw new Error(`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
  }

  async refresh(context: PayloadContext): Promise<void> {
    for (const volume of context.pod.spec?.volumes ?? []) {
      const files = await volumePayload(volume, context);
      if (files && writeAtomically(this.directory(context.pod, volume), files)) this.setGroup(context.pod, volume);
    }
  }

  mounts(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, env: ReadonlyMap<string, string>): Mount[] {
    return (container.volumeMounts ?? []).map((mount) => {
      const volume = pod.spec?.volumes?.find(({ name }) => name === mount.name);
      if (!volume) throw new Error(`volume "${mount.name}" of container "${container.name}" is not in the pod`);
      const base = volume.hostPath?.path ?? this.directory(pod, volume);
      const subPath = mount.subPathExpr ? expand(mount.subPathExpr, (name) => env.get(name)) : mount.subPath;
      return {
        containerPath: mount.mountPath,
        hostPath: subPath ? resolveSubPath(base, subPath) : base,
        readonly: mount.readOnly ?? false,
        propagation: propagations[mount.mountPropagation ?? 'None'] ?? 'PROPAGATION_PRIVATE',
      };
    });
  }

  async remove(podUid: string): Promise<void> {
    const directory = join(this.podsDirectory, podUid);
    if (!existsSync(directory)) return;
    const mounted = mountPoints().filter((path) => path.startsWith(directory + sep));
    for (const path of mounted.reverse()) await run('umount', ['-l', path]);
    rmSync(directory, { recursive: true, force: true });
  }

  private async prepareVolume(volume: DeepReadonly<Volume>, context: PayloadContext): Promise<void> {
    if (volume.hostPath) return prepareHostPath(volume.hostPath.path, volume.hostPath.type);
    const directory = this.directory(context.pod, volume);
    if (volume.emptyDir) return this.prepareEmptyDir(volume, context.pod);
    const files = await volumePayload(volume, context);
    if (!files)
      throw new Error(`volume type ${Object.keys(volume).filter((key) => key !== 'name')[0]} is not supported`);
    writeAtomically(directory, files);
    this.setGroup(context.pod, volume);
  }

  private async prepareEmptyDir(volume: DeepReadonly<Volume>, pod: DeepReadonly<Pod>): Promise<void> {
    const directory = this.directory(pod, volume);
    mkdirSync(directory, { recursive: true });
    if (volume.emptyDir?.medium === 'Memory' && !mountPoints().includes(directory)) {
      const limit = volume.emptyDir.sizeLimit;
      const size = limit ? ['-o', `size=${quantityValue(limit)}`] : [];
      await run('mount', ['-t', 'tmpfs', ...size, 'tmpfs', directory]);
    }
    chmodSync(directory, 0o777);
    this.setGroup(pod, volume);
  }

  /** fsGroup owns the volume, and files made in it belong to the group too. */
  private setGroup(pod: DeepReadonly<Pod>, volume: DeepReadonly<Volume>): void {
    const group = pod.spec?.securityContext?.fsGroup;
    if (group === undefined) return;
    const visit = (path: string): void => {
      const stats = lstatSync(path);
      if (stats.isSymbolicLink()) return;
      chownSync(path, stats.uid, group);
      chmodSync(path, stats.mode | (stats.isDirectory() ? 0o2770 : 0o660));
      if (stats.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
    };
    visit(this.directory(pod, volume));
  }

  private directory(pod: DeepReadonly<Pod>, volume: DeepReadonly<Volume>): string {
    const plugin = volume.emptyDir
      ? 'empty-dir'
      : volume.secret
        ? 'secret'
        : volume.configMap
          ? 'configmap'
          : 'projected';
    return join(this.podsDirectory, pod.metadata.uid ?? '', 'volumes', `kubernetes.io~${plugin}`, volume.name);
  }
}

const propagations: Record<string, Mount['propagation']> = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
};

/** A sub-path may not lead out of its volume, by dots or by a link that a container has put there. */
function resolveSubPath(base: string, subPath: string): string {
  if (subPath.startsWith('/') || subPath.split('/').includes('..'))
    throw new Error(`subPath "${subPath}" must stay inside the volume`);
  const path = join(base, subPath);
  if (!existsSync(path)) mkdirSync(path, { recursive: true });
  const [real, root] = [realpathSync(path), realpathSync(base)];
  if (real !== root && !real.startsWith(root + sep)) throw new Error(`subPath "${subPath}" leads outside the volume`);
  return real;
}

function mountPoints(): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path !== '');
}

/** For simulated nodes: nothing is written, but an object that is missing keeps the pod from starting all the same. */
export class SimulatedPodVolumes implements PodVolumes {
  async prepare(context: PayloadContext): Promise<void> {
    for (const volume of context.pod.spec?.volumes ?? []) {
      // The token volume that every pod gets would mean two requests a pod for nothing.
      if (!volume.projected) await volumePayload(volume, context);
    }
  }

  async refresh(): Promise<void> {}

  mounts(): Mount[] {
    return [];
  }

  async remove(): Promise<void> {}
}
