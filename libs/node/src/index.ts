/**
 * What makes a machine a node: a worker per pod that compares the pod with what the runtime has and does the
 * difference, volumes, probes, images, environment, logs, and the node's own registration and heartbeat.
 * It promises that all it needs to know after a crash is in the runtime and in the API; it keeps no file of its own.
 * Serving logs and exec to the API server is the kubelet app's work.
 */
export { NodeAgent, referencedObjects, type NodeAgentOptions, type SharedServices } from './agent/node-agent';
export { PodPool } from './agent/pod-pool';
export { PodWorker } from './pod/pod-worker';
export {
  latestContainer,
  readySandbox,
  restartCountOf,
  type RuntimePod,
  type RuntimePodContainer,
} from './pod/runtime-pod';
export { podLogDirectory, podLogsDirectory } from './pod/sandbox-config';
export { containerLogPath } from './pod/container-config';
export { PodStatusWriter } from './status/pod-status-writer';
export { fileLog, memoryLog, readLogs, type LogOptions, type LogSource } from './logs/read-logs';
export { bridgeConflist, ensureCniConfig, type BridgeNetwork } from './network/cni-conflist';
export { defaultNodeName, goArchitecture, hostAddress, hostCapacity, nodeInfo } from './node-status/host-facts';
export { nodeReporting } from './node-status/node-reporter';
export type { ClusterDns } from './network/dns-config';
export { bootstrapClient, clientStore, isStillValid, type BootstrapOptions } from './certificates/bootstrap-client';
export { CertificateManager, type CertificateManagerOptions } from './certificates/certificate-manager';
export { CertificateStore } from './certificates/certificate-store';
export {
  clientSigner,
  clientTemplate,
  clientUsages,
  servingSigner,
  servingTemplate,
  servingUsages,
} from './certificates/node-certificates';
