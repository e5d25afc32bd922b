/**
 * Service IPs on one node: Services and EndpointSlices become a plain state, and a backend per mode brings the kernel
 * to it. Rules are made by pure functions; only backends and `kernel/` touch the machine, always in the network
 * namespace the process runs in. Watching the API is the app's.
 */
export { createBackend, proxyModes, UnknownProxyModeError, type BackendOptions } from './backends';
export { buildChains, defaultIptablesOptions, type IptablesOptions } from './iptables/build-chains';
export { CommandError } from './kernel/run-command';
export { prepareKernel, type KernelReadiness } from './kernel/sysctl';
export { Proxier, type ProxierOptions, type SyncOutcome } from './proxier';
export type { ProxyBackend, SyncReport } from './proxy-backend';
export { nodeRoutes, type NodeRoutes } from './routes/node-routes';
export { routeProtocol, RouteTable, type RouteProblem } from './routes/route-table';
export { buildState, type ProxyNode } from './state/build-state';
export type { Endpoint, ProxyState, ServicePort } from './state/service-port';
