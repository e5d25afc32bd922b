import { deviceClassPrefix, isDeviceResource } from '@nestor/api';
import type { PodInfo } from '../../../cache/pod-info';
import type { Class } from '../allocator/wanted-devices';

/** The class that stands for a resource, if any does. */
export type DeviceResources = (resource: string) => Class | undefined;

/** Of several classes for one resource the newest counts, of equally old ones the first by name. */
export function classesByResource(classes: Iterable<Class>): ReadonlyMap<string, Class> {
  const found = new Map<string, Class>();
  for (const one of [...classes].sort(byAge)) {
    found.set(`${deviceClassPrefix}${one.metadata.name}`, one);
    if (one.spec.extendedResourceName !== undefined) found.set(one.spec.extendedResourceName, one);
  }
  return found;
}

/** What wins comes last. */
function byAge({ metadata: a }: Class, { metadata: b }: Class): number {
  const [createdA, createdB] = [a.creationTimestamp ?? '', b.creationTimestamp ?? ''];
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  return (a.name ?? '') > (b.name ?? '') ? -1 : 1;
}

/** Resources the pod asks for that devices stand for, on nodes that do not have them otherwise. */
export function deviceResourcesOf({ requests }: PodInfo, classes: DeviceResources): string[] {
  if (requests.scalars.size === 0) return [];
  return [...requests.scalars].flatMap(([name, amount]) =>
    amount > 0 && isDeviceResource(name) && classes(name) ? [name] : [],
  );
}
