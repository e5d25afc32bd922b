import type { Duplex } from 'node:stream';
import { isNotFound } from '@nestor/api';
import type {
  ContainerFilter,
  ContainerRuntime,
  ExecResult,
  SandboxFilter,
  StreamOptions,
  StreamSession,
} from '../container-runtime';
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
} from '../runtime-types';
import { openSpdyUpgrade } from '../spdy/spdy-upgrade';
import { openPortForward, openStreamSession } from '../spdy/stream-session';
import { CriServices } from './cri-services';
import {
  containerFromWire,
  containerStatusFromWire,
  containerToWire,
  filesystemFromWire,
  imageFromWire,
  sandboxFromWire,
  sandboxStatusFromWire,
  statsFromWire,
} from './wire';

const minute = 60_000;
/** The kubelet's runtimeRequestTimeout. */
const requestTimeout = 2 * minute;
/** A pull makes progress in the runtime; only a runtime that hangs should hit this. */
const pullTimeout = 30 * minute;
/** CNI plugins run inside RunPodSandbox. */
const sandboxTimeout = 4 * minute;

type Fields = Record<string, unknown>;

/** A CRI v1 runtime (containerd, CRI-O) behind its unix socket. */
export class CriRuntime implements ContainerRuntime {
  private readonly services: CriServices;

  constructor(endpoint: string) {
    this.services = new CriServices(endpoint);
  }

  async version(): Promise<RuntimeVersion> {
    return (await this.call('Version', { version: '0.1.0' }, 10_000)) as unknown as RuntimeVersion;
  }

  async status(): Promise<RuntimeCondition[]> {
    const { status } = (await this.call('Status', {}, 10_000)) as {
      status?: { conditions?: RuntimeCondition[] } | null;
    };
    return status?.conditions ?? [];
  }

  async runPodSandbox(config: PodSandboxConfig, runtimeHandler = ''): Promise<string> {
    const answer = await this.call('RunPodSandbox', { config, runtimeHandler }, sandboxTimeout);
    return answer.podSandboxId as string;
  }

  async stopPodSandbox(id: string): Promise<void> {
    await ignoreNotFound(this.call('StopPodSandbox', { podSandboxId: id }, sandboxTimeout));
  }

  async removePodSandbox(id: string): Promise<void> {
    await ignoreNotFound(this.call('RemovePodSandbox', { podSandboxId: id }));
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus> {
    return sandboxStatusFromWire((await this.call('PodSandboxStatus', { podSandboxId: id })).status);
  }

  async listPodSandboxes(filter: SandboxFilter = {}): Promise<PodSandbox[]> {
    const answer = await this.call('ListPodSandbox', {
      filter: { ...(filter.id ? { id: filter.id } : {}), labelSelector: filter.labels ?? {} },
    });
    return (answer.items as unknown[]).map(sandboxFromWire);
  }

  async createContainer(
    podSandboxId: string,
    config: ContainerConfig,
    sandboxConfig: PodSandboxConfig,
  ): Promise<string> {
    const answer = await this.call('CreateContainer', { podSandboxId, config: containerToWire(config), sandboxConfig });
    return answer.containerId as string;
  }

  async startContainer(id: string): Promise<void> {
    await this.call('StartContainer', { containerId: id });
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    const request = { containerId: id, timeout: timeoutSeconds };
    await ignoreNotFound(this.call('StopContainer', request, requestTimeout + timeoutSeconds * 1000));
  }

  async removeContainer(id: string): Promise<void> {
    await ignoreNotFound(this.call('RemoveContainer', { containerId: id }));
  }

  async listContainers(filter: ContainerFilter = {}): Promise<RuntimeContainer[]> {
    const answer = await this.call('ListContainers', { filter: containerFilter(filter) });
    return (answer.containers as unknown[]).map(containerFromWire);
  }

  async containerStatus(id: string): Promise<RuntimeContainerStatus> {
    return containerStatusFromWire((await this.call('ContainerStatus', { containerId: id })).status);
  }

  async reopenContainerLog(id: string): Promise<void> {
    await this.call('ReopenContainerLog', { containerId: id });
  }

  async listContainerStats(filter: ContainerFilter = {}): Promise<ContainerStats[]> {
    const answer = await this.call('ListContainerStats', { filter: containerFilter(filter) });
    return (answer.stats as unknown[]).map(statsFromWire);
  }

  async execSync(containerId: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult> {
    // The runtime enforces the limit itself; the call's own deadline only guards against a runtime that hangs.
    const deadline = timeoutSeconds > 0 ? requestTimeout + timeoutSeconds * 1000 : pullTimeout;
    const request = { containerId, cmd: [...command], timeout: timeoutSeconds };
    return (await this.call('ExecSync', request, deadline)) as unknown as ExecResult;
  }

  async exec(containerId: string, command: readonly string[], options: StreamOptions): Promise<StreamSession> {
    const streams = withoutTtyStderr(options);
    const answer = await this.call('Exec', { containerId, cmd: [...command], ...streams });
    return openStreamSession(await openSpdyUpgrade(answer.url as string, 'v4.channel.k8s.io'), streams);
  }

  async attach(containerId: string, options: StreamOptions): Promise<StreamSession> {
    const streams = withoutTtyStderr(options);
    const answer = await this.call('Attach', { containerId, ...streams });
    return openStreamSession(await openSpdyUpgrade(answer.url as string, 'v4.channel.k8s.io'), streams);
  }

  async portForward(podSandboxId: string, port: number): Promise<Duplex> {
    return openPortForward(await this.portForwardTunnel(podSandboxId), port);
  }

  async portForwardTunnel(podSandboxId: string): Promise<Duplex> {
    const answer = await this.call('PortForward', { podSandboxId, port: [] });
    return openSpdyUpgrade(answer.url as string, 'portforward.k8s.io');
  }

  async imageStatus(image: string): Promise<ImageInfo | undefined> {
    const answer = await this.services.image('ImageStatus', { image: { image } }, requestTimeout);
    return answer.image ? imageFromWire(answer.image) : undefined;
  }

  async listImages(): Promise<ImageInfo[]> {
    const answer = await this.services.image('ListImages', {}, requestTimeout);
    return (answer.images as unknown[]).map(imageFromWire);
  }

  async pullImage(image: string, auth?: AuthConfig): Promise<string> {
    const request = { image: { image }, ...(auth ? { auth } : {}) };
    return (await this.services.image('PullImage', request, pullTimeout)).imageRef as string;
  }

  async removeImage(image: string): Promise<void> {
    await this.services.image('RemoveImage', { image: { image } }, requestTimeout);
  }

  async imageFsInfo(): Promise<FilesystemUsage[]> {
    const answer = await this.services.image('ImageFsInfo', {}, requestTimeout);
    return (answer.imageFilesystems as unknown[]).map(filesystemFromWire);
  }

  close(): void {
    this.services.close();
  }

  private call(method: string, request: object, timeoutMs = requestTimeout): Promise<Fields> {
    return this.services.runtime(method, request as Fields, timeoutMs);
  }
}

/** A terminal has one output; the runtime refuses a request for stderr beside a tty. */
function withoutTtyStderr(options: StreamOptions): StreamOptions {
  return options.tty ? { ...options, stderr: false } : options;
}

function containerFilter(filter: ContainerFilter): Fields {
  return {
    ...(filter.id ? { id: filter.id } : {}),
    ...(filter.podSandboxId ? { podSandboxId: filter.podSandboxId } : {}),
    labelSelector: filter.labels ?? {},
  };
}

async function ignoreNotFound(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
