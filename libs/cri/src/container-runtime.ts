import type { Duplex, Readable, Writable } from 'node:stream';
import type {
  AuthConfig,
  ContainerConfig,
  ContainerStats,
  FilesystemUsage,
  ImageInfo,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStatus,
  RuntimeCondition,
  RuntimeContainer,
  RuntimeContainerStatus,
  RuntimeVersion,
} from './runtime-types';

export interface ExecResult {
  stdout: Buffer;
  stderr: Buffer;
  exitCode: number;
}

export interface StreamOptions {
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
}

/** How a streamed command ended: its exit code, or why it could not be run. */
export interface StreamOutcome {
  exitCode: number;
  error?: string;
}

/** A running exec or attach. Streams that were not asked for are absent. */
export interface StreamSession {
  stdin?: Writable;
  stdout?: Readable;
  stderr?: Readable;
  resize(size: { width: number; height: number }): void;
  /** Settles once the command has ended; never rejects. Output may still be in the pipes. */
  outcome: Promise<StreamOutcome>;
  close(): void;
}

export interface SandboxFilter {
  id?: string;
  labels?: Record<string, string>;
}
export interface ContainerFilter extends SandboxFilter {
  podSandboxId?: string;
}

/**
 * What the kubelet needs of a container runtime: CRI v1 as one TypeScript interface.
 * Failures are RuntimeErrors. Stop and remove are idempotent; a thing that is gone counts as stopped and removed.
 */
export interface ContainerRuntime {
  version(): Promise<RuntimeVersion>;
  /** Conditions RuntimeReady and NetworkReady. */
  status(): Promise<RuntimeCondition[]>;

  runPodSandbox(config: PodSandboxConfig, runtimeHandler?: string): Promise<string>;
  stopPodSandbox(id: string): Promise<void>;
  removePodSandbox(id: string): Promise<void>;
  podSandboxStatus(id: string): Promise<PodSandboxStatus>;
  listPodSandboxes(filter?: SandboxFilter): Promise<PodSandbox[]>;

  createContainer(podSandboxId: string, config: ContainerConfig, sandboxConfig: PodSandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Sends the stop signal and, after so many seconds, kills. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(filter?: ContainerFilter): Promise<RuntimeContainer[]>;
  containerStatus(id: string): Promise<RuntimeContainerStatus>;
  reopenContainerLog(id: string): Promise<void>;
  listContainerStats(filter?: ContainerFilter): Promise<ContainerStats[]>;

  /** Runs to the end; a command that outlives the timeout fails with reason Timeout. 0 means no limit. */
  execSync(containerId: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
  exec(containerId: string, command: readonly string[], options: StreamOptions): Promise<StreamSession>;
  attach(containerId: string, options: StreamOptions): Promise<StreamSession>;
  /** A byte stream to a port inside the sandbox's network. */
  portForward(podSandboxId: string, port: number): Promise<Duplex>;
  /** The runtime's raw port-forward connection (SPDY/3.1 frames), for clients that speak it themselves. */
  portForwardTunnel?(podSandboxId: string): Promise<Duplex>;

  /** undefined when the image is not present. */
  imageStatus(image: string): Promise<ImageInfo | undefined>;
  listImages(): Promise<ImageInfo[]>;
  /** Returns the image's reference (id or digest). */
  pullImage(image: string, auth?: AuthConfig): Promise<string>;
  removeImage(image: string): Promise<void>;
  imageFsInfo(): Promise<FilesystemUsage[]>;

  /**
   * Calls back with a pod's uid when one of its containers or its sandbox changed state. Absent where the runtime
   * cannot tell (CRI before container events); the kubelet then relists.
   */
  onPodChange?(listener: (podUid: string) => void): () => void;
  /** A log file's text for runtimes that keep logs in memory; absent where they are files on disk. */
  containerLog?(containerId: string): { read(): Buffer; changed(): Promise<void> } | undefined;

  close(): void;
}
