import type { Service } from '../../meta/json-types';
import { isExternallyAccessible, needsNodePorts } from './service-kinds';

const clientIpTimeout = 10800;

/** SetDefaults_Service, as far as one field depends on another. Addresses and node ports are the API server's to give. */
export function setServiceDefaults(service: Service): void {
  const spec = (service.spec ??= {});
  const { type } = spec;
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: clientIpTimeout } };
  for (const port of spec.ports ?? []) {
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (needsNodePorts(spec) || type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster';
  if (type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
}
