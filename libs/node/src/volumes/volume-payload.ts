import { isNotFound, type DeepReadonly, type Pod, type Volume } from '@nestor/api';
import { fieldValue, resourceFieldValue, type PodFacts } from '../environment/field-ref';
import type { ReferencedObjects } from '../references/referenced-objects';

type Source = DeepReadonly<NonNullable<NonNullable<Volume['projected']>['sources']>[number]>;
type KeyToPath = { readonly key: string; readonly path: string; readonly mode?: number };
type DownwardItem = NonNullable<NonNullable<DeepReadonly<Volume>['downwardAPI']>['items']>[number];
type Files = Map<string, { data: Buffer; mode: number }>;

export interface PayloadContext {
  pod: DeepReadonly<Pod>;
  objects: ReferencedObjects;
  facts: PodFacts;
}

const defaultFileMode = 0o644;

/** The files of a volume that comes from API objects; undefined for other kinds of volume. */
export async function volumePayload(volume: DeepReadonly<Volume>, context: PayloadContext): Promise<Files | undefined> {
  const files: Files = new Map();
  if (volume.configMap) {
    const { defaultMode = defaultFileMode, ...source } = volume.configMap;
    await addConfigMap(files, source, defaultMode, context);
  } else if (volume.secret) {
    const { defaultMode = defaultFileMode, secretName: name, ...source } = volume.secret;
    await addSecret(files, { ...source, name }, defaultMode, context);
  } else if (volume.downwardAPI) {
    addDownward(files, volume.downwardAPI.items, volume.downwardAPI.defaultMode ?? defaultFileMode, context);
  } else if (volume.projected) {
    const mode = volume.projected.defaultMode ?? defaultFileMode;
    for (const source of volume.projected.sources ?? []) await addSource(files, source, mode, context);
  } else return undefined;
  return files;
}

async function addSource(files: Files, source: Source, mode: number, context: PayloadContext): Promise<void> {
  if (source.configMap) await addConfigMap(files, source.configMap, mode, context);
  if (source.secret) await addSecret(files, source.secret, mode, context);
  if (source.downwardAPI) addDownward(files, source.downwardAPI.items, mode, context);
  if (!source.serviceAccountToken) return;
  const { pod, objects } = context;
  const { path, audience, expirationSeconds = 3600 } = source.serviceAccountToken;
  const token = await objects.token({
    namespace: pod.metadata.namespace ?? '',
    account: pod.spec?.serviceAccountName || 'default',
    audience,
    expirationSeconds,
    podName: pod.metadata.name ?? '',
    podUid: pod.metadata.uid ?? '',
  });
  // A token is for the pod's own user: readable by all only where that user is not known to be root.
  const isRoot = pod.spec?.securityContext?.runAsUser === undefined && pod.spec?.securityContext?.fsGroup === undefined;
  files.set(path, { data: Buffer.from(token), mode: isRoot ? mode : 0o640 });
}

interface Named {
  readonly name?: string;
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
}

async function addConfigMap(
  files: Files,
  source: Named,
  mode: number,
  { pod, objects }: PayloadContext,
): Promise<void> {
  const read = objects.configMap(pod.metadata.namespace ?? '', source.name ?? '');
  const found = await optionally(read, source.optional);
  const text = Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const);
  const binary = Object.entries(found?.binaryData ?? {}).map(([key, value]) => [key, fromBase64(value)] as const);
  addItems(files, new Map([...text, ...binary]), { source, mode });
}

async function addSecret(files: Files, source: Named, mode: number, { pod, objects }: PayloadContext): Promise<void> {
  const read = objects.secret(pod.metadata.namespace ?? '', source.name ?? '');
  const found = await optionally(read, source.optional);
  const data = Object.entries(found?.data ?? {}).map(([key, value]) => [key, fromBase64(value)] as const);
  addItems(files, new Map(data), { source, mode });
}

function addItems(files: Files, data: Map<string, Buffer>, { source, mode }: { source: Named; mode: number }): void {
  if (!source.items?.length) {
    for (const [key, content] of data) files.set(key, { data: content, mode });
    return;
  }
  for (const item of source.items) {
    const content = data.get(item.key);
    if (content) files.set(item.path, { data: content, mode: item.mode ?? mode });
    else if (!source.optional) throw new Error(`references non-existent config key: ${item.key}`);
  }
}

function addDownward(
  files: Files,
  items: readonly DownwardItem[] | undefined,
  mode: number,
  { pod, facts }: PayloadContext,
): void {
  for (const item of items ?? []) {
    const container = (pod.spec?.containers ?? []).find(({ name }) => name === item.resourceFieldRef?.containerName);
    const value = item.fieldRef
      ? fieldValue(pod, item.fieldRef.fieldPath, facts)
      : item.resourceFieldRef && container && resourceFieldValue(container, item.resourceFieldRef, facts);
    files.set(item.path, { data: Buffer.from(value ?? ''), mode: item.mode ?? mode });
  }
}

async function optionally<T>(read: Promise<T>, optional: boolean | undefined): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (optional && isNotFound(error)) return undefined;
    throw error;
  }
}

const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64');
