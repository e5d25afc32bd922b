import { union } from './field-set';
import { managerKey, type Managers, type Ownership } from './managed-fields';

/** Update entries one object may carry (DefaultMaxUpdateManagers). */
const maxUpdateManagers = 10;
const bucketName = 'ancient-changes';

/** Merges the oldest updaters of each version into one bucket until no more than ten are left. */
export function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, of]) => of.operation === 'Update');
  let count = updaters.length;
  if (count <= maxUpdateManagers) return;
  updaters.sort(([keyA, a], [keyB, b]) => seconds(a) - seconds(b) || (keyA < keyB ? -1 : 1));
  const firstOfVersion = new Map<string, string>();
  for (const [key, of] of updaters) {
    if (count <= maxUpdateManagers) return;
    const first = firstOfVersion.get(of.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(of.apiVersion, key);
      continue;
    }
    const identity = { manager: bucketName, operation: 'Update' as const, apiVersion: of.apiVersion, subresource: '' };
    const bucket = managerKey(identity);
    if (key === bucket) continue;
    const held = managers.get(bucket) ?? managers.get(first)!;
    if (!managers.has(bucket)) managers.delete(first);
    managers.delete(key);
    managers.set(bucket, { ...identity, time: of.time, fields: union(of.fields, held.fields) });
    count--;
  }
}

const seconds = (of: Ownership): number => (of.time ? Math.floor(Date.parse(of.time) / 1000) : 0);
