import { safeEncode } from '../../meta/generate-name';
import type { DeepReadonly, PodTemplateSpec } from '../../meta/json-types';

/** Keys in order, empty members left out: the same template gives the same text however it was written. */
function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${stable(member)}`);
  return `{${members.join(',')}}`;
}

function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/**
 * The pod-template-hash label of a template: FNV-32a in the safe alphabet, as controller.ComputeHash, but over our
 * own serialisation. collisionCount changes the hash after a name clash.
 */
export function podTemplateHash(template: DeepReadonly<PodTemplateSpec>, collisionCount?: number | null): string {
  const suffix = collisionCount === undefined || collisionCount === null ? '' : `#${collisionCount}`;
  return safeEncode(String(fnv32a(stable(template) + suffix)));
}
