import type { DeepReadonly, Service } from '../../meta/json-types';

export type ServiceSpec = NonNullable<Service['spec']>;
export type ReadonlySpec = DeepReadonly<ServiceSpec>;

export const needsClusterIp = ({ type }: ReadonlySpec): boolean => type !== 'ExternalName';
export const needsNodePorts = ({ type }: ReadonlySpec): boolean => type === 'NodePort' || type === 'LoadBalancer';
/** Load balancers that send to local endpoints only ask each node whether it has any. */
export const needsHealthCheckPort = ({ type, externalTrafficPolicy }: ReadonlySpec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
export const isExternallyAccessible = (spec: ReadonlySpec): boolean =>
  needsNodePorts(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0);
export const isHeadlessSpec = ({ clusterIPs }: ReadonlySpec): boolean =>
  clusterIPs?.length === 1 && clusterIPs[0] === 'None';
export const sameList = (one: readonly unknown[] = [], two: readonly unknown[] = []): boolean =>
  one.length === two.length && one.every((item, index) => item === two[index]);
