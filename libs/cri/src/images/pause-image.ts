import { buildImageArchive } from './image-archive';
import { Architecture, pauseExecutable } from './tiny-elf';

/** The sandbox image that Nestor builds itself, so that no registry is needed to run a pod. */
export const pauseImageName = 'nestor.dev/pause:1';

export function hostArchitecture(): Architecture {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new Error(`no pause image for the processor architecture ${process.arch}: only x64 and arm64 are supported`);
}

export function buildPauseImage(name = pauseImageName, architecture = hostArchitecture()): Promise<Buffer> {
  return buildImageArchive({
    name,
    architecture,
    files: [{ path: 'pause', mode: 0o755, content: pauseExecutable(architecture) }],
    config: { Entrypoint: ['/pause'] },
  });
}
