import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { pack, type Pack } from 'tar-stream';

export interface BusyboxImage {
  /** An OCI image layout in a tar. */
  file: string;
  name: string;
}

interface Blob {
  digest: string;
  size: number;
  content: Buffer;
}

/** Builds an image of Debian's busybox-static. Different tags give different images, for `set image`. */
export async function buildBusyboxImage(file: string, name = 'docker.io/library/busybox:1.36'): Promise<BusyboxImage> {
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (!busybox) throw new Error('busybox is not installed: apt-get install busybox-static');
  const layer = blob(await layerTar(busybox, name));
  const config = blob(
    json({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['sh'] },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
      history: [{ created_by: 'busybox-static' }],
    }),
  );
  const manifest = blob(
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: descriptor('application/vnd.oci.image.config.v1+json', config),
      layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
    }),
  );
  const index = json({
    schemaVersion: 2,
    manifests: [
      {
        ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
        annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name.split(':').at(-1) },
      },
    ],
  });
  const tar = pack();
  tar.entry({ name: 'oci-layout' }, '{"imageLayoutVersion":"1.0.0"}');
  tar.entry({ name: 'index.json' }, index);
  for (const { digest, content } of [layer, config, manifest]) {
    tar.entry({ name: `blobs/sha256/${digest.slice('sha256:'.length)}` }, content);
  }
  writeFileSync(file, await finished(tar));
  return { file, name };
}

async function layerTar(busybox: string, name: string): Promise<Buffer> {
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const tar = pack();
  // Fixed times: the same content is the same image.
  const mtime = new Date(0);
  for (const folder of ['bin', 'etc', 'root', 'usr', 'usr/bin', 'var', 'var/run', 'www']) {
    tar.entry({ name: `${folder}/`, type: 'directory', mode: 0o755, mtime });
  }
  tar.entry({ name: 'tmp/', type: 'directory', mode: 0o1777, mtime });
  tar.entry({ name: 'bin/busybox', mode: 0o755, mtime }, readFileSync(busybox));
  for (const applet of applets.filter((each) => each !== 'busybox')) {
    tar.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox', mtime });
  }
  tar.entry({ name: 'etc/passwd', mtime }, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
  tar.entry({ name: 'etc/group', mtime }, 'root:x:0:\nnobody:x:65534:\n');
  tar.entry({ name: 'etc/image', mtime }, `${name}\n`);
  return finished(tar);
}

async function finished(tar: Pack): Promise<Buffer> {
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function blob(content: Buffer): Blob {
  return { digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, size: content.length, content };
}

function descriptor(mediaType: string, { digest, size }: Blob) {
  return { mediaType, digest, size };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
