import { chmodSync, chownSync, lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { DeepReadonly, Pod } from '@nestor/api';

const groupReadWrite = 0o660;
const groupRead = 0o440;
const execute = 0o110;
const setGroupId = 0o2000;

/** fsGroup owns the volume, and files made in it belong to the group too (kubelet's SetVolumeOwnership). */
export function applyFsGroup(directory: string, pod: DeepReadonly<Pod>, readOnly = false): void {
  const { fsGroup, fsGroupChangePolicy } = pod.spec?.securityContext ?? {};
  if (fsGroup === undefined) return;
  if (fsGroupChangePolicy === 'OnRootMismatch' && isOwned(lstatSync(directory), fsGroup, readOnly)) return;
  const visit = (path: string): void => {
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) return;
    // The root comes last, so that one that was broken off does not look done.
    if (stats.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
    chownSync(path, stats.uid, fsGroup);
    chmodSync(path, (stats.mode & 0o7777) | wantedMode(stats, readOnly));
  };
  visit(directory);
}

function wantedMode(stats: Stats, readOnly: boolean): number {
  const mask = readOnly ? groupRead : groupReadWrite;
  return stats.isDirectory() ? mask | execute | setGroupId : mask;
}

function isOwned(root: Stats, group: number, readOnly: boolean): boolean {
  const wanted = wantedMode(root, readOnly);
  return root.gid === group && (root.mode & wanted) === wanted;
}
