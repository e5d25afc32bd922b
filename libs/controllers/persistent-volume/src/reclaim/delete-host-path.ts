import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Directories of hostPath volumes that were made here; never anything outside /tmp (host_path.go, hostPathDeleter). */
export async function deleteHostPath(path: string): Promise<void> {
  if (!/^\/tmp\/.+/.test(resolve(path)))
    throw new Error(`host_path deleter only supports /tmp/.+ but received provided ${path}`);
  await rm(path, { recursive: true, force: true });
}
