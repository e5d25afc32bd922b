import type { DeepReadonly, Pod } from '@nestor/api';

const references: ReadonlySet<string> = new Set([
  'secret',
  'secretRef',
  'secretKeyRef',
  'nodePublishSecretRef',
  'imagePullSecrets',
]);

/** Names of the Secrets that a pod uses in any way that its spec knows. */
export function secretsOf({ spec }: DeepReadonly<Pod>): Set<string> {
  const names = new Set<string>();
  collect(spec, '', names);
  return names;
}

function collect(value: unknown, key: string, names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, key, names);
    return;
  }
  if (typeof value !== 'object' || value === null) {
    if (key === 'secretName' && typeof value === 'string') names.add(value);
    return;
  }
  const { name } = value as { name?: unknown };
  if (references.has(key) && typeof name === 'string') names.add(name);
  for (const [inner, part] of Object.entries(value)) collect(part, inner, names);
}
