import { atomic, atomicMaps, inPackage, joinOverlays, mergeMap, named, struct } from './overlay';
import type { Overlay } from './overlay';

const NETWORKING = 'io.k8s.api.networking.v1.';

/** k8s.io/api/networking/v1 */
export const networkingOverlay: Overlay = joinOverlays(
  inPackage(NETWORKING, {
    Ingress: { metadata: struct, spec: struct, status: struct },
    IngressList: { metadata: struct },
    IngressSpec: { rules: atomic, tls: atomic },
    IngressTLS: { hosts: atomic },
    HTTPIngressRuleValue: { paths: atomic },
    HTTPIngressPath: { backend: struct, pathType: named('PathType') },
    IngressServiceBackend: { port: struct },
    IngressStatus: { loadBalancer: struct },
    IngressLoadBalancerStatus: { ingress: atomic },
    IngressLoadBalancerIngress: { ports: atomic },
    IngressPortStatus: { protocol: named('Protocol', '') },
    IngressClass: { metadata: struct, spec: struct },
    IngressClassList: { metadata: struct },
    NetworkPolicy: { metadata: struct, spec: struct },
    NetworkPolicyList: { metadata: struct },
    NetworkPolicySpec: {
      egress: atomic,
      ingress: atomic,
      podSelector: struct,
      policyTypes: { ...atomic, items: { type: 'string', goType: 'v1.PolicyType' } },
    },
    NetworkPolicyIngressRule: { from: atomic, ports: atomic },
    NetworkPolicyEgressRule: { ports: atomic, to: atomic },
    NetworkPolicyPort: { protocol: named('Protocol') },
    IPBlock: { except: atomic },
    IPAddress: { metadata: struct, spec: struct },
    IPAddressList: { metadata: struct },
    ServiceCIDR: { metadata: struct, spec: struct, status: struct },
    ServiceCIDRList: { metadata: struct },
    ServiceCIDRSpec: { cidrs: atomic },
    ServiceCIDRStatus: { conditions: mergeMap('type') },
  }),
  atomicMaps(NETWORKING, 'ServiceBackendPort'),
);
