import type {
  ContainerConfig,
  ContainerMetadata,
  ContainerState,
  ContainerStats,
  FilesystemUsage,
  ImageInfo,
  PodSandbox,
  PodSandboxStatus,
  RuntimeContainer,
  RuntimeContainerStatus,
} from '../runtime-types';

// proto-loader fills in every scalar default and sets absent messages to null; the casts below rely on that.

interface Labelled {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
type WireImage = { image: string } | null;
type WireValue = { value: number } | null;

export function containerToWire(config: ContainerConfig): Record<string, unknown> {
  return {
    ...config,
    image: { image: config.image },
    envs: (config.envs ?? []).map(({ key, value }) => ({ key, value: Buffer.from(value) })),
  };
}

export function sandboxFromWire(wire: unknown): PodSandbox {
  const { id, metadata, state, createdAt, labels, annotations } = wire as PodSandbox;
  return { id, metadata, state, createdAt, labels, annotations };
}

export function sandboxStatusFromWire(wire: unknown): PodSandboxStatus {
  const { network } = wire as { network: { ip: string; additionalIps: { ip: string }[] } | null };
  const ips = network ? [network.ip, ...network.additionalIps.map(({ ip }) => ip)].filter((ip) => ip !== '') : [];
  return { ...sandboxFromWire(wire), ips };
}

export function containerFromWire(wire: unknown): RuntimeContainer {
  const from = wire as Omit<RuntimeContainer, 'image'> & { image: WireImage };
  const { id, podSandboxId, metadata, imageRef, state, createdAt, labels, annotations } = from;
  const image = from.image?.image ?? '';
  return { id, podSandboxId, metadata, image, imageRef, state, createdAt, labels, annotations };
}

export function containerStatusFromWire(wire: unknown): RuntimeContainerStatus {
  const from = wire as Labelled & {
    id: string;
    metadata: ContainerMetadata;
    image: WireImage;
    imageRef: string;
    state: ContainerState;
    createdAt: number;
    startedAt: number;
    finishedAt: number;
    exitCode: number;
    reason: string;
    message: string;
    logPath: string;
  };
  return { ...from, image: from.image?.image ?? '' };
}

export function imageFromWire(wire: unknown): ImageInfo {
  const from = wire as Omit<ImageInfo, 'uid'> & { uid: WireValue };
  const { id, repoTags, repoDigests, size, username } = from;
  return { id, repoTags, repoDigests, size, username, ...(from.uid ? { uid: from.uid.value } : {}) };
}

export function filesystemFromWire(wire: unknown): FilesystemUsage {
  const from = wire as {
    timestamp: number;
    fsId: { mountpoint: string } | null;
    usedBytes: WireValue;
    inodesUsed: WireValue;
  };
  return {
    timestamp: from.timestamp,
    mountpoint: from.fsId?.mountpoint ?? '',
    usedBytes: from.usedBytes?.value ?? 0,
    inodesUsed: from.inodesUsed?.value ?? 0,
  };
}

export function statsFromWire(wire: unknown): ContainerStats {
  const from = wire as {
    attributes: { id: string; metadata: ContainerMetadata } & Labelled;
    cpu: { timestamp: number; usageCoreNanoSeconds: WireValue } | null;
    memory: { workingSetBytes: WireValue; usageBytes: WireValue; rssBytes: WireValue } | null;
    writableLayer: { usedBytes: WireValue } | null;
  };
  return {
    id: from.attributes.id,
    metadata: from.attributes.metadata,
    labels: from.attributes.labels,
    timestamp: from.cpu?.timestamp ?? 0,
    cpuUsageCoreNanoSeconds: from.cpu?.usageCoreNanoSeconds?.value ?? 0,
    memoryWorkingSetBytes: from.memory?.workingSetBytes?.value ?? 0,
    memoryUsageBytes: from.memory?.usageBytes?.value ?? 0,
    memoryRssBytes: from.memory?.rssBytes?.value ?? 0,
    writableLayerBytes: from.writableLayer?.usedBytes?.value ?? 0,
  };
}
