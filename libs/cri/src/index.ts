/**
 * The container runtime as one interface, `ContainerRuntime`, with two implementations: `CriRuntime` speaks CRI v1 over
 * gRPC to containerd or CRI-O, `SimRuntime` simulates thousands of pods in memory. Beside them, what a machine without a
 * registry and without other set-up needs: a containerd of one's own, the pause image, and the import of image archives.
 * It promises one error type (RuntimeError, an ApiError), deadlines on every call, and reconnecting by itself.
 * What to run, and when, is decided in @nestor/node.
 */
export * from './container-runtime';
export * from './runtime-error';
export * from './runtime-types';
export { CriRuntime } from './client/cri-runtime';
export { checkGrpcHealth } from './client/grpc-health';
export { SimRuntime, type SimRuntimeOptions } from './sim/sim-runtime';
export { renderContainerdConfig, type ContainerdConfig } from './containerd/containerd-config';
export {
  ensurePauseImage,
  startContainerd,
  type ContainerdOptions,
  type ContainerdProcess,
} from './containerd/containerd-process';
export { buildImageArchive, type ImageArchiveOptions, type ImageFile } from './images/image-archive';
export { importImageArchive, type ImageImportOptions } from './images/image-import';
export { buildPauseImage, hostArchitecture, pauseImageName } from './images/pause-image';
export type { Architecture } from './images/tiny-elf';
