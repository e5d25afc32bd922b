import type { Service } from '../../meta/json-types';
import {
  isExternallyAccessible,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
  sameList,
  type ReadonlySpec,
  type ServiceSpec,
} from './service-kinds';

/** clusterIP and clusterIPs[0] are one value with two names: who sent only one of them meant both (NormalizeClusterIPs). */
export function normalizeClusterIps(spec: ServiceSpec, before?: ReadonlySpec): void {
  if (!before) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const isSame = (spec.clusterIP ?? '') === (before.clusterIP ?? '');
  if (isSame && !spec.clusterIPs?.length && before.clusterIPs?.length) spec.clusterIPs = [...before.clusterIPs];
  if (isSame || !sameList(spec.clusterIPs, before.clusterIPs)) return;
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else delete spec.clusterIPs;
}

/** An update that leaves out what the server allocated keeps it (patchAllocatedValues). */
export function keepAllocated(spec: ServiceSpec, before: ReadonlySpec): void {
  if (needsClusterIp(before) && needsClusterIp(spec)) {
    spec.clusterIP ||= before.clusterIP;
    if (!spec.clusterIPs?.length && before.clusterIPs?.length) spec.clusterIPs = [...before.clusterIPs];
  }
  if (needsNodePorts(before) && needsNodePorts(spec)) keepNodePorts(spec, before);
  if (needsHealthCheckPort(before) && needsHealthCheckPort(spec))
    spec.healthCheckNodePort ||= before.healthCheckNodePort;
}

/** By the ports' names, but not what another port of the Service has taken over. */
function keepNodePorts(spec: ServiceSpec, before: ReadonlySpec): void {
  const old = new Map((before.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort]));
  const used = new Set((spec.ports ?? []).flatMap(({ nodePort }) => nodePort || []));
  for (const port of spec.ports ?? []) {
    const kept = old.get(port.name ?? '');
    if (!port.nodePort && kept && !used.has(kept)) port.nodePort = kept;
  }
}

/** What belongs to the old type and was not asked for anew goes (dropTypeDependentFields). */
export function dropOfOldType(service: Service, old: Readonly<Service>): void {
  const { spec, status } = service;
  const before = old.spec;
  if (!spec || !before) return;
  if (needsClusterIp(before) && !needsClusterIp(spec)) dropAddresses(spec, before);
  if (needsNodePorts(before) && !needsNodePorts(spec)) dropNodePorts(spec, before);
  const { healthCheckNodePort } = before;
  if (needsHealthCheckPort(before) && !needsHealthCheckPort(spec) && spec.healthCheckNodePort === healthCheckNodePort)
    delete spec.healthCheckNodePort;
  const wasLoadBalancer = before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer';
  if (wasLoadBalancer && spec.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts)
    delete spec.allocateLoadBalancerNodePorts;
  if (wasLoadBalancer && spec.loadBalancerClass === before.loadBalancerClass) delete spec.loadBalancerClass;
  const { externalTrafficPolicy } = before;
  const wasExternal = isExternallyAccessible(before) && !isExternallyAccessible(spec);
  if (wasExternal && spec.externalTrafficPolicy === externalTrafficPolicy) delete spec.externalTrafficPolicy;
  if (spec.type !== 'LoadBalancer') service.status = { ...status, loadBalancer: {} };
}

function dropAddresses(spec: ServiceSpec, before: ReadonlySpec): void {
  if (spec.clusterIP === before.clusterIP && sameList(spec.clusterIPs, before.clusterIPs)) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  if (sameList(spec.ipFamilies, before.ipFamilies)) delete spec.ipFamilies;
  if (spec.ipFamilyPolicy === before.ipFamilyPolicy) delete spec.ipFamilyPolicy;
}

/** Unless one is new: that one validation shall refuse. */
function dropNodePorts(spec: ServiceSpec, before: ReadonlySpec): void {
  const old = new Set((before.ports ?? []).map(({ nodePort }) => nodePort));
  const ports = spec.ports ?? [];
  if (ports.every(({ nodePort }) => !nodePort || old.has(nodePort))) for (const port of ports) delete port.nodePort;
}
