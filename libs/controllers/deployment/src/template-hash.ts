import type { DeepReadonly, PodTemplateSpec } from '@nestor/api';

export const podTemplateHashLabel = 'pod-template-hash';

/** Characters of k8s.io/apimachinery/pkg/util/rand.SafeEncodeString: no vowels, so no words. */
const safe = 'bcdfghjklmnpqrstvwxz2456789';
const optionalMaps = new Set(['labels', 'annotations', 'nodeSelector', 'limits', 'requests']);

/** The label that keeps pods of different templates apart. A collision count gives another one for the same template. */
export function templateHash(template: DeepReadonly<PodTemplateSpec>, collisionCount: number | undefined): string {
  const hash = fnv1a(canonical(template) + (collisionCount === undefined ? '' : `#${collisionCount}`));
  return [...String(hash)].map((digit) => safe[digit.charCodeAt(0) % safe.length]).join('');
}

/** deploymentutil.EqualIgnoreHash: empty and absent count as the same. */
export function sameTemplate(a: DeepReadonly<PodTemplateSpec>, b: DeepReadonly<PodTemplateSpec>): boolean {
  return withoutHash(a) === withoutHash(b);
}

function withoutHash(template: DeepReadonly<PodTemplateSpec>): string {
  const { [podTemplateHashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
  return canonical({ ...template, metadata: { ...template.metadata, labels } });
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (inner === null || (Array.isArray(inner) && inner.length === 0)) return undefined;
    if (typeof inner !== 'object' || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length === 0 && optionalMaps.has(key) ? undefined : Object.fromEntries(entries);
  });
}

/** FNV-1a over UTF-8, 32 bits. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
