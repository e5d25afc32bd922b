import type { ExtensionPoint } from '../framework/extension-points';

/** kubescheduler.config.k8s.io/v1 after defaulting. */
export interface KubeSchedulerConfiguration {
  parallelism: number;
  leaderElection: LeaderElectionConfiguration;
  clientConnection: { kubeconfig?: string; qps: number; burst: number };
  percentageOfNodesToScore: number;
  podInitialBackoffSeconds: number;
  podMaxBackoffSeconds: number;
  profiles: KubeSchedulerProfile[];
  extenders: ExtenderConfiguration[];
  delayCacheUntilActive?: boolean;
}

export interface LeaderElectionConfiguration {
  leaderElect: boolean;
  leaseDuration: string;
  renewDeadline: string;
  retryPeriod: string;
  resourceLock: string;
  resourceName: string;
  resourceNamespace: string;
}

export interface KubeSchedulerProfile {
  schedulerName: string;
  percentageOfNodesToScore?: number;
  plugins: Plugins;
  pluginConfig: PluginConfiguration[];
}

export interface PluginReference {
  name: string;
  weight?: number;
}

export interface PluginSet {
  enabled: PluginReference[];
  disabled: PluginReference[];
}

export type PluginSetName = ExtensionPoint | 'multiPoint';
export type Plugins = Record<PluginSetName, PluginSet>;

export interface PluginConfiguration {
  name: string;
  args: Readonly<Record<string, unknown>>;
}

/** Durations as Go writes them. */
export interface DynamicResourcesArgs {
  /** 0s is no limit. */
  filterTimeout: string;
  bindingTimeout: string;
}

export interface VolumeBindingArgs {
  bindTimeoutSeconds: number;
  shape?: readonly unknown[];
}

export interface ExtenderConfiguration {
  urlPrefix: string;
  filterVerb?: string;
  preemptVerb?: string;
  prioritizeVerb?: string;
  weight?: number;
  bindVerb?: string;
  enableHTTPS?: boolean;
  tlsConfig?: ExtenderTlsConfiguration;
  httpTimeout?: string;
  nodeCacheCapable?: boolean;
  managedResources?: { name: string; ignoredByScheduler?: boolean }[];
  ignorable?: boolean;
}

export interface ExtenderTlsConfiguration {
  insecure?: boolean;
  serverName?: string;
  certFile?: string;
  keyFile?: string;
  caFile?: string;
  certData?: string;
  keyData?: string;
  caData?: string;
}
