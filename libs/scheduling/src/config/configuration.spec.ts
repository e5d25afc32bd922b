import { podInfo } from '../cache/pod-info';
import { aNode, aPod } from '../framework/testing-objects';
import { extensionPoints } from '../framework/extension-points';
import type { Profile } from '../framework/profile';
import { SchedulerCache } from '../cache/scheduler-cache';
import { CycleState } from '../framework/cycle-state';
import { quietObserver } from '../framework/testing-objects';
import { Scheduler } from '../scheduler';
import { buildProfile } from './build-profile';
import { defaultPluginsIn, defaultRegistry } from './plugin-registry';
import { ConfigurationError, readConfiguration } from './read-configuration';

const registry = defaultRegistry({
  postBinding: () => Promise.resolve(),
  volumes: {
    updateVolume: () => Promise.reject(new Error('no API')),
    updateClaim: () => Promise.reject(new Error('no API')),
  },
});
registry.set('Mine', (args) => ({ name: 'Mine', args, filter: () => undefined, score: () => 0 }));
const known = defaultPluginsIn(registry);
const head = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
const read = (text: string) => readConfiguration(head + text, known);

function problems(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

function profileOf(text: string, index = 0): Profile {
  const profile = read(text).profiles[index];
  if (!profile) throw new Error('no such profile');
  const made: Profile[] = [];
  new Scheduler({
    observer: quietObserver,
    profiles: (handle) => {
      made.push(buildProfile(profile, registry, handle));
      return made;
    },
  });
  return made[0] as Profile;
}

const namesAt = (profile: Profile, point: 'filter' | 'preFilter' | 'preScore' | 'bind') =>
  profile[point].map(({ name }) => name);
const weights = (profile: Profile) => profile.score.map(({ plugin, weight }) => `${plugin.name} ${weight}`);

describe('KubeSchedulerConfiguration', () => {
  it('defaults as kube-scheduler', () => {
    const configuration = read('');
    expect(configuration).toMatchObject({
      parallelism: 16,
      percentageOfNodesToScore: 0,
      podInitialBackoffSeconds: 1,
      podMaxBackoffSeconds: 10,
      leaderElection: {
        leaderElect: true,
        leaseDuration: '15s',
        renewDeadline: '10s',
        retryPeriod: '2s',
        resourceLock: 'leases',
        resourceName: 'kube-scheduler',
        resourceNamespace: 'kube-system',
      },
      extenders: [],
    });
    const [profile] = configuration.profiles;
    expect(profile?.schedulerName).toBe('default-scheduler');
    const args = new Map(profile?.pluginConfig.map((config) => [config.name, config.args]));
    expect(args.get('InterPodAffinity')).toMatchObject({ hardPodAffinityWeight: 1 });
    expect(args.get('PodTopologySpread')).toMatchObject({ defaultingType: 'System' });
    expect(args.get('NodeResourcesFit')).toEqual({
      scoringStrategy: {
        type: 'LeastAllocated',
        resources: [
          { name: 'cpu', weight: 1 },
          { name: 'memory', weight: 1 },
        ],
      },
    });
  });

  it('has the default plugins in order and with their weights', () => {
    const profile = profileOf('');
    expect(namesAt(profile, 'filter')).toEqual([
      'NodeUnschedulable',
      'NodeName',
      'TaintToleration',
      'NodeAffinity',
      'NodePorts',
      'NodeResourcesFit',
      'VolumeRestrictions',
      'NodeVolumeLimits',
      'VolumeBinding',
      'VolumeZone',
      'PodTopologySpread',
      'InterPodAffinity',
    ]);
    expect(weights(profile)).toEqual([
      'TaintToleration 3',
      'NodeAffinity 2',
      'NodeResourcesFit 1',
      'VolumeBinding 1',
      'PodTopologySpread 2',
      'InterPodAffinity 2',
      'NodeResourcesBalancedAllocation 1',
      'ImageLocality 1',
    ]);
  });

  it('enables and disables by point and by multiPoint, in kube-scheduler’s order', () => {
    const profile = profileOf(`
profiles:
- schedulerName: mine
  percentageOfNodesToScore: 30
  plugins:
    multiPoint:
      enabled: [{name: Mine, weight: 7}, {name: ImageLocality, weight: 5}]
      disabled: [{name: NodePorts}]
    filter:
      enabled: [{name: TaintToleration}, {name: NodeName}]
      disabled: [{name: NodeAffinity}]
    score:
      enabled: [{name: InterPodAffinity, weight: 9}]
      disabled: [{name: '*'}]
`);
    expect(profile.schedulerName).toBe('mine');
    expect(profile.percentageOfNodesToScore).toBe(30);
    // Those of the point that multiPoint has too come first, then multiPoint's own, ports and affinity are off.
    expect(namesAt(profile, 'filter')).toEqual([
      'TaintToleration',
      'NodeName',
      'NodeUnschedulable',
      'NodeResourcesFit',
      'VolumeRestrictions',
      'NodeVolumeLimits',
      'VolumeBinding',
      'VolumeZone',
      'PodTopologySpread',
      'InterPodAffinity',
      'Mine',
    ]);
    expect(weights(profile)).toEqual(['InterPodAffinity 9']);
    expect(namesAt(profile, 'preFilter')).toContain('NodeAffinity');
    expect(namesAt(profile, 'preFilter')).not.toContain('NodePorts');
  });

  it('replaces a default’s weight in its place', () => {
    const profile = profileOf(`
profiles:
- plugins:
    multiPoint:
      enabled: [{name: NodeAffinity, weight: 11}]
    score:
      enabled: [{name: ImageLocality, weight: 4}]
`);
    expect(weights(profile)).toEqual([
      'ImageLocality 4',
      'TaintToleration 3',
      'NodeAffinity 11',
      'NodeResourcesFit 1',
      'VolumeBinding 1',
      'PodTopologySpread 2',
      'InterPodAffinity 2',
      'NodeResourcesBalancedAllocation 1',
    ]);
  });

  it('gives plugins their arguments, out-of-tree ones as they are', () => {
    const profile = profileOf(`
profiles:
- plugins:
    multiPoint: {enabled: [{name: Mine}]}
  pluginConfig:
  - name: Mine
    args: {anything: [1, {goes: true}]}
  - name: NodeAffinity
    args:
      apiVersion: kubescheduler.config.k8s.io/v1
      kind: NodeAffinityArgs
      addedAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: In, values: [a]}]}]
`);
    expect(profile.filter.find(({ name }) => name === 'Mine')).toMatchObject({
      args: { anything: [1, { goes: true }] },
    });
    const cache = new SchedulerCache();
    const { info } = cache.setNode(aNode('n', { labels: { pool: 'b' } }));
    const affinity = profile.filter.find(({ name }) => name === 'NodeAffinity');
    expect(affinity?.filter(new CycleState(), podInfo(aPod('p')), info)?.reasons).toEqual([
      "node(s) didn't match scheduler-enforced node affinity",
    ]);
  });

  it.each<[string, object]>([
    ['', { filterTimeout: '10s', bindingTimeout: '10m0s' }],
    ['filterTimeout: 0s', { filterTimeout: '0s', bindingTimeout: '10m0s' }],
    ['filterTimeout: 2s, bindingTimeout: 1m', { filterTimeout: '2s', bindingTimeout: '1m' }],
  ])('gives DynamicResources with %s its timeouts', (args, expected) => {
    const [profile] = read(`profiles: [{pluginConfig: [{name: DynamicResources, args: {${args}}}]}]`).profiles;
    expect(profile?.pluginConfig.find(({ name }) => name === 'DynamicResources')?.args).toEqual(expected);
  });

  it('takes several profiles', () => {
    const configuration = read('profiles: [{schedulerName: a}, {schedulerName: b}]');
    expect(configuration.profiles.map(({ schedulerName }) => schedulerName)).toEqual(['a', 'b']);
    expect(extensionPoints.every((point) => configuration.profiles[1]?.plugins[point])).toBe(true);
  });

  const tooBad: [string, string[]][] = [
    ['paralelism: 3', ['strict decoding error: unknown field "paralelism"']],
    [
      'profiles: [{plugins: {filters: {}}}, {foo: 1}]',
      ['strict decoding error: unknown field "profiles[0].plugins.filters", unknown field "profiles[1].foo"'],
    ],
    ['parallelism: many', ['json: cannot unmarshal string into Go struct field parallelism of type int32']],
    ['parallelism: 0', ['parallelism: Invalid value: 0: should be an integer value greater than zero']],
    ['percentageOfNodesToScore: 101', ['percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]']],
    [
      'podInitialBackoffSeconds: 0\npodMaxBackoffSeconds: -1',
      [
        'podInitialBackoffSeconds: Invalid value: 0: must be greater than 0',
        'podMaxBackoffSeconds: Invalid value: -1: must be greater than or equal to PodInitialBackoffSeconds',
      ],
    ],
    [
      'leaderElection: {leaseDuration: 5s, resourceLock: endpoints}',
      [
        'leaderElection.leaseDuration: Invalid value: "10s": LeaseDuration must be greater than RenewDeadline',
        'leaderElection.resourceLock: Invalid value: "endpoints": resourceLock value must be "leases"',
      ],
    ],
    [
      'profiles: [{schedulerName: a}, {schedulerName: a}, {}]',
      [
        'profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"',
        'profiles[2].schedulerName: Required value',
      ],
    ],
    [
      'profiles: [{plugins: {score: {enabled: [{name: EBSLimits}]}}}]',
      [
        'profiles[0].plugins.score.enabled[0]: Invalid value: "EBSLimits": was invalid in version "v1" (KubeSchedulerConfiguration is version "kubescheduler.config.k8s.io/v1")',
      ],
    ],
    [
      'profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategie: {}}}]}]',
      ['decoding args for plugin "NodeResourcesFit": strict decoding error: unknown field "scoringStrategie"'],
    ],
    [
      'profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {kind: InterPodAffinityArgs}}]}]',
      [
        'args for plugin NodeResourcesFit were not of type NodeResourcesFitArgs.kubescheduler.config.k8s.io, got InterPodAffinityArgs.kubescheduler.config.k8s.io',
      ],
    ],
    [
      'profiles: [{pluginConfig: [{name: InterPodAffinity, args: {hardPodAffinityWeight: 101}}]}]',
      ['profiles[0].pluginConfig[0].args.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]'],
    ],
    [
      'profiles: [{pluginConfig: [{name: DefaultPreemption, args: {minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0}}]}]',
      [
        'profiles[0].pluginConfig[0].args.minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute',
        'profiles[0].pluginConfig[0].args.minCandidateNodesAbsolute: Invalid value: 0: cannot be zero at the same time as minCandidateNodesPercentage',
      ],
    ],
    [
      'profiles: [{pluginConfig: [{name: PodTopologySpread, args: {defaultConstraints: [{maxSkew: 0, topologyKey: z, whenUnsatisfiable: No}]}}]}]',
      [
        'profiles[0].pluginConfig[0].args.defaultingType: Invalid value: "System": when .defaultConstraints are not empty',
        'profiles[0].pluginConfig[0].args.defaultConstraints[0].maxSkew: Invalid value: 0: not in valid range (0, inf)',
        'profiles[0].pluginConfig[0].args.defaultConstraints[0].whenUnsatisfiable: Unsupported value: "No": supported values: "DoNotSchedule", "ScheduleAnyway"',
      ],
    ],
    [
      'profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: RequestedToCapacityRatio, resources: [{name: cpu, weight: 200}], requestedToCapacityRatio: {shape: [{utilization: 50, score: 11}, {utilization: 50, score: 0}]}}}}]}]',
      [
        'profiles[0].pluginConfig[0].args.scoringStrategy.resources[0].weight: Invalid value: 200: resource weight of cpu not in valid range (0, 100]',
        'profiles[0].pluginConfig[0].args.scoringStrategy.requestedToCapacityRatio.shape[1].utilization: Invalid value: 50: values must be sorted in increasing order',
        'profiles[0].pluginConfig[0].args.scoringStrategy.requestedToCapacityRatio.shape[0].score: Invalid value: 11: not in valid range [0, 10]',
      ],
    ],
    [
      'profiles: [{pluginConfig: [{name: NodeResourcesBalancedAllocation, args: {resources: [{name: cpu, weight: 2}, {name: cpu}]}}]}]',
      [
        'profiles[0].pluginConfig[0].args.resources[0].weight: Invalid value: 2: must be 1',
        'profiles[0].pluginConfig[0].args.resources[1].name: Duplicate value: "cpu"',
      ],
    ],
    [
      'profiles: [{pluginConfig: [{name: DynamicResources, args: {filterTimeout: -1s, bindingTimeout: 900ms}}]}]',
      [
        'profiles[0].pluginConfig[0].args.filterTimeout: Invalid value: "-1s": must be zero or positive',
        'profiles[0].pluginConfig[0].args.bindingTimeout: Invalid value: "900ms": must be at least 1 second',
      ],
    ],
    [
      'profiles: [{pluginConfig: [{name: DynamicResources, args: {bindingTimeout: soon}}]}]',
      [
        'decoding args for plugin "DynamicResources": json: cannot unmarshal string into Go struct field bindingTimeout of type v1.Duration',
      ],
    ],
    [
      'extenders: [{urlPrefix: "http://x", prioritizeVerb: p, bindVerb: b}, {urlPrefix: "http://y", bindVerb: b, managedResources: [{name: cpu}]}]',
      [
        'extenders[0].weight: Invalid value: 0: must have a positive weight applied to it',
        'extenders[1].managedResources[0].name: Invalid value: "cpu": is an invalid extended resource name',
        'extenders: Invalid value: "found 2 extenders implementing bind": only one extender can implement bind',
      ],
    ],
  ];
  it.each(tooBad)('refuses %s', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('leaves resources that an extender counts to it', () => {
    const { profiles } = readConfiguration(
      `${head}
profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {ignoredResources: [example.com/a]}}]}]
extenders: [{urlPrefix: "http://x", managedResources: [{name: example.com/b, ignoredByScheduler: true}, {name: example.com/c}]}]`,
      known,
    );
    const fit = profiles[0]?.pluginConfig.find(({ name }) => name === 'NodeResourcesFit');
    expect(fit?.args['ignoredResources']).toEqual(['example.com/a', 'example.com/b']);
  });

  it('refuses other kinds and versions', () => {
    const old = head.replace('/v1', '/v1beta3');
    expect(() => readConfiguration(old, known)).toThrow(
      'no kind "KubeSchedulerConfiguration" is registered for version "kubescheduler.config.k8s.io/v1beta3"',
    );
  });

  const wrongPlugins: [string, string][] = [
    ['multiPoint: {enabled: [{name: Ghost}]}', 'PreFilterPlugin "Ghost" does not exist'],
    ['score: {enabled: [{name: Ghost}]}', 'ScorePlugin "Ghost" does not exist'],
    ['score: {enabled: [{name: NodeName}]}', 'plugin "NodeName" does not extend ScorePlugin plugin'],
    ['filter: {enabled: [{name: NodeName}, {name: NodeName}]}', 'plugin "NodeName" already registered as "filter"'],
    ['bind: {disabled: [{name: "*"}]}', 'at least one bind plugin is needed for profile with scheduler name'],
    ['queueSort: {disabled: [{name: "*"}]}', 'only one queue sort plugin required for profile with scheduler name'],
  ];
  it.each(wrongPlugins)('does not build a profile with %s', (plugins, message) => {
    expect(() => profileOf(`profiles: [{plugins: {${plugins}}}]`)).toThrow(message);
  });
});
