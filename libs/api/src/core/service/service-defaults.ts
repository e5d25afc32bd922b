import type { Service } from '../../meta/json-types';

const clientIpTimeout = 10800;

/** SetDefaults_Service, as far as one field depends on another. Addresses and node ports are the API server's to give. */
export function setServiceDefaults(service: Service): void {
  const spec = (service.spec ??= {});
  const { type } = spec;
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: clientIpTimeout } };
  for (const port of spec.ports ?? []) {
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  const external = type === 'NodePort' || type === 'LoadBalancer';
  if (external || (type === 'ClusterIP' && spec.externalIPs?.length)) spec.externalTrafficPolicy ||= 'Cluster';
  if (external || type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster';
  if (type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}
