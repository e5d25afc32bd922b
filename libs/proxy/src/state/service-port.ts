export type Protocol = 'tcp' | 'udp' | 'sctp';

/** One backend of a service port, as this node sees it. */
export interface Endpoint {
  ip: string;
  port: number;
  /** Runs on this node. */
  local: boolean;
  ready: boolean;
  /** Still answers while it terminates. */
  servingTerminating: boolean;
  /** Whether its hints of nodes name this one; absent where it has none. */
  hintedForNode?: boolean;
  /** Whether its hints of zones name this node's; absent where it has none. */
  hintedForZone?: boolean;
}

/** One port of one Service with everything the rules need. Plain data, the same for every backend. */
export interface ServicePort {
  /** "namespace/service:port", or without the port's name where it has none. */
  name: string;
  protocol: Protocol;
  clusterIP: string;
  port: number;
  nodePort: number;
  externalIPs: readonly string[];
  loadBalancerIPs: readonly string[];
  loadBalancerSourceRanges: readonly string[];
  /** Seconds of ClientIP session affinity; 0 for none. */
  affinitySeconds: number;
  internalLocal: boolean;
  externalLocal: boolean;
  endpoints: readonly Endpoint[];
}

/** Every service port of the cluster, in the order of their names. */
export interface ProxyState {
  ports: readonly ServicePort[];
}
