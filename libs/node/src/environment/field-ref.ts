import {
  formatQuantity,
  parseQuantity,
  milliValue,
  wholeValue,
  type Container,
  type DeepReadonly,
  type Pod,
} from '@nestor/api';

export interface PodFacts {
  nodeName: string;
  hostIPs: readonly string[];
  podIPs: readonly string[];
  /** What a resourceFieldRef to a limit gives where none is set. */
  allocatable: Readonly<Record<string, string>>;
}

/** A downward API field; undefined for a path that is not one. */
export function fieldValue(pod: DeepReadonly<Pod>, path: string, facts: PodFacts): string | undefined {
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (keyed) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? '';
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return facts.nodeName;
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP':
      return facts.hostIPs[0] ?? '';
    case 'status.hostIPs':
      return facts.hostIPs.join(',');
    case 'status.podIP':
      return facts.podIPs[0] ?? '';
    case 'status.podIPs':
      return facts.podIPs.join(',');
    default:
      return undefined;
  }
}

function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

export interface ResourceFieldRef {
  readonly resource: string;
  readonly divisor?: string | number;
}

/** limits.cpu and friends in units of the divisor, rounded up. */
export function resourceFieldValue(
  container: DeepReadonly<Container>,
  { resource, divisor }: ResourceFieldRef,
  facts: PodFacts,
): string {
  const [which = '', ...rest] = resource.split('.');
  const name = rest.join('.');
  const list = which === 'limits' ? container.resources?.limits : container.resources?.requests;
  const amount = list?.[name] ?? (which === 'limits' ? facts.allocatable[name] : undefined) ?? '0';
  const unit = parseQuantity(!divisor || String(divisor) === '0' ? '1' : String(divisor));
  const value = parseQuantity(amount);
  if (name === 'cpu') return String(Math.ceil(milliValue(value) / milliValue(unit)));
  if (wholeValue(unit) === 0) return formatQuantity(value);
  return String(Math.ceil(wholeValue(value) / wholeValue(unit)));
}
