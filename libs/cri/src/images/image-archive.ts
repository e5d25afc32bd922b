import { createHash } from 'node:crypto';
import { pack, Pack } from 'tar-stream';
import type { Architecture } from './tiny-elf';

export interface ImageFile {
  /** Without a leading slash. */
  path: string;
  mode?: number;
  /** A regular file's bytes; absent for a directory (path ends in /) or a link. */
  content?: Buffer;
  linkTo?: string;
}

export interface ImageArchiveOptions {
  /** Full name with registry and tag, e.g. nestor.dev/pause:1. */
  name: string;
  architecture: Architecture;
  files: ImageFile[];
  config?: { Entrypoint?: string[]; Cmd?: string[]; Env?: string[]; WorkingDir?: string; User?: string };
}

/** A one-layer image as an OCI layout tar, the same bytes for the same input. */
export async function buildImageArchive(options: ImageArchiveOptions): Promise<Buffer> {
  const layer = await tarOf(options.files);
  const config = json({
    architecture: options.architecture,
    os: 'linux',
    config: options.config ?? {},
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
    history: [{ created_by: 'nestor' }],
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  const index = json({
    schemaVersion: 2,
    manifests: [
      {
        ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
        platform: { architecture: options.architecture, os: 'linux' },
        // containerd takes the whole name from its own annotation; other tools read the standard one.
        annotations: {
          'io.containerd.image.name': options.name,
          'org.opencontainers.image.ref.name': options.name.slice(options.name.lastIndexOf(':') + 1),
        },
      },
    ],
  });
  const blobs = [layer, config, manifest].map((content) => ({
    path: `blobs/sha256/${digest(content).slice('sha256:'.length)}`,
    content,
  }));
  return tarOf([
    { path: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', content: index },
    ...blobs,
  ]);
}

async function tarOf(files: ImageFile[]): Promise<Buffer> {
  const archive = pack();
  for (const file of files) addEntry(archive, file);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function addEntry(archive: Pack, file: ImageFile): void {
  const header = { name: file.path, mode: file.mode ?? 0o644, mtime: new Date(0) };
  if (file.linkTo !== undefined) archive.entry({ ...header, type: 'symlink', linkname: file.linkTo });
  else if (file.content === undefined) archive.entry({ ...header, mode: file.mode ?? 0o755, type: 'directory' });
  else archive.entry(header, file.content);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const digest = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const descriptor = (mediaType: string, content: Buffer): object => ({
  mediaType,
  digest: digest(content),
  size: content.length,
});
