import type {
  ExtenderConfiguration,
  KubeSchedulerConfiguration,
  KubeSchedulerProfile,
  LeaderElectionConfiguration,
  PluginConfiguration,
  PluginReference,
} from './kube-scheduler-configuration';
import { defaultPluginArgs, hasPluginArgs } from './plugin-args';
import { GivenPlugins, mergePlugins } from './plugin-sets';

type Given<T> = { [K in keyof T]?: T[K] | null };

export interface GivenProfile {
  schedulerName?: string | null;
  percentageOfNodesToScore?: number | null;
  plugins?: GivenPlugins | null;
  pluginConfig?: { name?: string; args?: Readonly<Record<string, unknown>> | null }[] | null;
}

/** A configuration document whose shape has been checked. */
export interface GivenConfiguration extends Omit<
  Given<KubeSchedulerConfiguration>,
  'profiles' | 'leaderElection' | 'clientConnection'
> {
  profiles?: GivenProfile[] | null;
  leaderElection?: Given<LeaderElectionConfiguration> | null;
  clientConnection?: Given<KubeSchedulerConfiguration['clientConnection']> | null;
}

/** What kube-scheduler assumes where the document says nothing. `known` are the default plugins there are. */
export function defaultConfiguration(
  given: GivenConfiguration,
  known: readonly PluginReference[],
): KubeSchedulerConfiguration {
  const profiles: GivenProfile[] = given.profiles?.length ? given.profiles : [{}];
  return {
    parallelism: given.parallelism ?? 16,
    leaderElection: defaultLeaderElection(given.leaderElection ?? {}),
    clientConnection: {
      kubeconfig: given.clientConnection?.kubeconfig ?? undefined,
      qps: given.clientConnection?.qps || 50,
      burst: given.clientConnection?.burst || 100,
    },
    percentageOfNodesToScore: given.percentageOfNodesToScore ?? 0,
    podInitialBackoffSeconds: given.podInitialBackoffSeconds ?? 1,
    podMaxBackoffSeconds: given.podMaxBackoffSeconds ?? 10,
    delayCacheUntilActive: given.delayCacheUntilActive ?? false,
    profiles: profiles
      .map((profile) => defaultProfile(profile, profiles.length === 1, known))
      .map((profile) => withoutIgnored(profile, given.extenders ?? [])),
    extenders: (given.extenders ?? []).map((extender: ExtenderConfiguration) => ({ ...extender })),
  };
}

function defaultLeaderElection(given: Given<LeaderElectionConfiguration>): LeaderElectionConfiguration {
  return {
    leaderElect: given.leaderElect ?? true,
    leaseDuration: given.leaseDuration || '15s',
    renewDeadline: given.renewDeadline || '10s',
    retryPeriod: given.retryPeriod || '2s',
    resourceLock: given.resourceLock || 'leases',
    resourceName: given.resourceName || 'kube-scheduler',
    resourceNamespace: given.resourceNamespace || 'kube-system',
  };
}

function defaultProfile(given: GivenProfile, isOnly: boolean, known: readonly PluginReference[]): KubeSchedulerProfile {
  const plugins = mergePlugins(known, given.plugins ?? undefined);
  const pluginConfig: PluginConfiguration[] = (given.pluginConfig ?? []).map(({ name = '', args }) => ({
    name,
    args: defaultPluginArgs(name, args ?? {}),
  }));
  const enabled = new Set(Object.values(plugins).flatMap((set) => set.enabled.map(({ name }) => name)));
  for (const name of [...enabled].sort())
    if (hasPluginArgs(name) && !pluginConfig.some((known_) => known_.name === name))
      pluginConfig.push({ name, args: defaultPluginArgs(name, {}) });
  return {
    schedulerName: given.schedulerName ?? (isOnly ? 'default-scheduler' : ''),
    percentageOfNodesToScore: given.percentageOfNodesToScore ?? undefined,
    plugins,
    pluginConfig,
  };
}

/** Resources that extenders count themselves are none of NodeResourcesFit's business. */
function withoutIgnored(
  profile: KubeSchedulerProfile,
  extenders: readonly ExtenderConfiguration[],
): KubeSchedulerProfile {
  const names = extenders.flatMap(({ managedResources = [] }) =>
    managedResources.filter(({ ignoredByScheduler }) => ignoredByScheduler).map(({ name }) => name),
  );
  if (names.length === 0) return profile;
  const pluginConfig = profile.pluginConfig.map((config) => {
    if (config.name !== 'NodeResourcesFit') return config;
    const given = (config.args['ignoredResources'] ?? []) as readonly string[];
    return { ...config, args: { ...config.args, ignoredResources: [...given, ...names] } };
  });
  return { ...profile, pluginConfig };
}
