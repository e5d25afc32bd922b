import type { Service } from '../../meta/json-types';
import { cidrWarnings, ipWarnings } from '../../validation/ip-warnings';
import type { ReadonlySpec } from './service-kinds';

const hintsAnnotation = 'service.kubernetes.io/topology-aware-hints';
const modeAnnotation = 'service.kubernetes.io/topology-mode';

/** GetWarningsForService */
export function serviceWarnings({ metadata, spec = {} }: Service): string[] {
  const { clusterIPs = [], externalIPs = [], loadBalancerIP, loadBalancerSourceRanges = [] } = spec;
  const isHeadless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  return [
    ...(metadata.annotations?.[hintsAnnotation] === undefined
      ? []
      : [`annotation ${hintsAnnotation} is deprecated, please use ${modeAnnotation} instead`]),
    ...(isHeadless ? headlessWarnings(spec) : clusterIPs.flatMap((ip, at) => ipWarnings(ip, `spec.clusterIPs[${at}]`))),
    ...externalIPs.flatMap((ip, index) => ipWarnings(ip, `spec.externalIPs[${index}]`)),
    ...(loadBalancerIP ? ipWarnings(loadBalancerIP, 'spec.loadBalancerIP') : []),
    ...loadBalancerSourceRanges.flatMap((cidr, at) => cidrWarnings(cidr, `spec.loadBalancerSourceRanges[${at}]`)),
    ...typeWarnings(spec),
    ...(spec.trafficDistribution === 'PreferClose'
      ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']
      : []),
  ];
}

function headlessWarnings({ loadBalancerIP, externalIPs, sessionAffinity }: ReadonlySpec): string[] {
  const ignored = (name: string): string => `${name} is ignored for headless services`;
  return [
    ...(loadBalancerIP ? [ignored('spec.loadBalancerIP')] : []),
    ...(externalIPs?.length ? [ignored('spec.externalIPs')] : []),
    ...(sessionAffinity === 'None' ? [] : [ignored('spec.SessionAffinity')]),
  ];
}

function typeWarnings({ type, externalIPs, externalName }: ReadonlySpec): string[] {
  if (type === 'ExternalName') {
    return externalIPs?.length ? ['spec.externalIPs is ignored when spec.type is "ExternalName"'] : [];
  }
  return externalName ? ['spec.externalName is ignored when spec.type is not "ExternalName"'] : [];
}
