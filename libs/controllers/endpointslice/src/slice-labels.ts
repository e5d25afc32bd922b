import type { DeepReadonly, EndpointSlice, Service } from '@nestor/api';
import { keyOf } from '@nestor/client';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';
export const headlessLabel = 'service.kubernetes.io/headless';
export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';
const reserved: ReadonlySet<string> = new Set([serviceNameLabel, managedByLabel, headlessLabel]);

const plain = (labels: Readonly<Record<string, string>> = {}): [string, string][] =>
  Object.entries(labels).filter(([key]) => !reserved.has(key));

/** An index of one controller's slices by the Service they are of. */
export const slicesOf =
  (manager: string) =>
  ({ metadata }: DeepReadonly<EndpointSlice>): string[] =>
    metadata.labels?.[managedByLabel] === manager
      ? [keyOf(metadata.namespace, metadata.labels[serviceNameLabel] ?? '')]
      : [];

/** A slice has the labels of its Service, and three that a Service cannot give it. */
export function sliceLabels({ metadata, spec }: DeepReadonly<Service>): Record<string, string> {
  const hasIp = spec?.clusterIP && spec.clusterIP !== 'None';
  return {
    ...Object.fromEntries(plain(metadata.labels)),
    ...(hasIp ? {} : { [headlessLabel]: '' }),
    [serviceNameLabel]: metadata.name ?? '',
    [managedByLabel]: managedBy,
  };
}

/** Changes of the reserved labels alone are no reason to write a slice. */
export function sameLabels(slice: DeepReadonly<EndpointSlice>, service: DeepReadonly<Service>): boolean {
  const theirs = new Map(plain(service.metadata.labels));
  const own = plain(slice.metadata.labels);
  return own.length === theirs.size && own.every(([key, value]) => theirs.get(key) === value);
}
