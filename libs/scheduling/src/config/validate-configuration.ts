import { isDeepStrictEqual } from 'node:util';
import { FieldError, field, goDurationMs, isExtendedResource, isQualifiedName } from '@nestor/api';
import { extensionPoints } from '../framework/extension-points';
import type {
  ExtenderConfiguration,
  KubeSchedulerConfiguration,
  KubeSchedulerProfile,
  LeaderElectionConfiguration,
} from './kube-scheduler-configuration';
import { validatePluginArgs } from './validate-plugin-args';

const apiVersion = 'kubescheduler.config.k8s.io/v1';
/** Plugins of earlier releases. */
const removedPlugins = new Set(['AzureDiskLimits', 'CinderLimits', 'EBSLimits', 'GCEPDLimits']);
const removedMessage = `was invalid in version "v1" (KubeSchedulerConfiguration is version "${apiVersion}")`;

/** ValidateKubeSchedulerConfiguration. */
export function validateConfiguration(configuration: KubeSchedulerConfiguration): FieldError[] {
  const { profiles, parallelism, podInitialBackoffSeconds: initial, podMaxBackoffSeconds: max } = configuration;
  const errors = validateLeaderElection(configuration.leaderElection, 'leaderElection');
  if (parallelism <= 0)
    errors.push(field.invalid('parallelism', parallelism, 'should be an integer value greater than zero'));
  errors.push(...validateProfiles(profiles));
  errors.push(...validatePercentage(configuration.percentageOfNodesToScore, 'percentageOfNodesToScore'));
  if (initial <= 0) errors.push(field.invalid('podInitialBackoffSeconds', initial, 'must be greater than 0'));
  if (max < initial)
    errors.push(
      field.invalid('podMaxBackoffSeconds', max, 'must be greater than or equal to PodInitialBackoffSeconds'),
    );
  return [...errors, ...validateExtenders(configuration.extenders)];
}

function validateLeaderElection(election: LeaderElectionConfiguration, path: string): FieldError[] {
  if (!election.leaderElect) return [];
  const errors: FieldError[] = [];
  const lease = goDurationMs(election.leaseDuration) ?? 0;
  const renew = goDurationMs(election.renewDeadline) ?? 0;
  const retry = goDurationMs(election.retryPeriod) ?? 0;
  const positive = (name: 'leaseDuration' | 'renewDeadline' | 'retryPeriod', ms: number) => {
    if (ms <= 0) errors.push(field.invalid(`${path}.${name}`, election[name], 'must be greater than zero'));
  };
  positive('leaseDuration', lease);
  positive('renewDeadline', renew);
  positive('retryPeriod', retry);
  if (lease <= renew)
    errors.push(
      field.invalid(
        `${path}.leaseDuration`,
        election.renewDeadline,
        'LeaseDuration must be greater than RenewDeadline',
      ),
    );
  if (renew <= retry)
    errors.push(
      field.invalid(`${path}.renewDeadline`, election.retryPeriod, 'RenewDeadline must be greater than RetryPeriod'),
    );
  if (election.resourceLock !== 'leases')
    errors.push(field.invalid(`${path}.resourceLock`, election.resourceLock, 'resourceLock value must be "leases"'));
  return errors;
}

function validatePercentage(share: number | undefined, path: string): FieldError[] {
  return share !== undefined && (share < 0 || share > 100)
    ? [field.invalid(path, share, 'not in valid range [0-100]')]
    : [];
}

function validateProfiles(profiles: readonly KubeSchedulerProfile[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Map<string, number>();
  profiles.forEach((profile, index) => {
    const path = `profiles[${index}]`;
    const { schedulerName } = profile;
    if (schedulerName === '') errors.push(field.required(`${path}.schedulerName`));
    errors.push(...validatePercentage(profile.percentageOfNodesToScore, `${path}.percentageOfNodesToScore`));
    errors.push(...validatePlugins(profile, path), ...validatePluginConfig(profile, path));
    const before = seen.get(schedulerName);
    if (before !== undefined)
      errors.push(field.duplicate(`${path}.schedulerName`, `profiles[${before}].schedulerName`));
    seen.set(schedulerName, index);
  });
  return [...errors, ...validateQueueSort(profiles)];
}

function validatePlugins({ plugins }: KubeSchedulerProfile, path: string): FieldError[] {
  return extensionPoints.flatMap((point) =>
    plugins[point].enabled.flatMap(({ name }, at) =>
      removedPlugins.has(name) ? [field.invalid(`${path}.plugins.${point}.enabled[${at}]`, name, removedMessage)] : [],
    ),
  );
}

function validatePluginConfig({ pluginConfig }: KubeSchedulerProfile, path: string): FieldError[] {
  const seen = new Set<string>();
  return pluginConfig.flatMap(({ name, args }, at) => {
    const errors: FieldError[] = [];
    const configPath = `${path}.pluginConfig[${at}]`;
    if (seen.has(name)) errors.push(field.duplicate(configPath, name));
    seen.add(name);
    if (removedPlugins.has(name)) return [...errors, field.invalid(configPath, name, removedMessage)];
    return [...errors, ...validatePluginArgs(name, args, `${configPath}.args`)];
  });
}

/** All profiles share one queue, so they must sort it alike. */
function validateQueueSort(profiles: readonly KubeSchedulerProfile[]): FieldError[] {
  const errors: FieldError[] = [];
  const canon = profiles[0]?.plugins.queueSort;
  const count = canon?.enabled.length ?? 0;
  if (count > 1)
    errors.push(
      field.invalid('profiles[0].plugins.queueSort.Enabled', count, 'only one queue sort plugin can be enabled'),
    );
  profiles.slice(1).forEach(({ plugins }, index) => {
    if (!isDeepStrictEqual(plugins.queueSort, canon))
      errors.push(
        field.invalid(
          `profiles[${index + 1}].plugins.queueSort`,
          plugins.queueSort,
          'must be the same for all profiles',
        ),
      );
  });
  return errors;
}

function validateExtenders(extenders: readonly ExtenderConfiguration[]): FieldError[] {
  const errors: FieldError[] = [];
  const managed = new Set<string>();
  extenders.forEach((extender, index) => {
    const path = `extenders[${index}]`;
    if (extender.prioritizeVerb && (extender.weight ?? 0) <= 0)
      errors.push(field.invalid(`${path}.weight`, extender.weight ?? 0, 'must have a positive weight applied to it'));
    (extender.managedResources ?? []).forEach(({ name }, at) => {
      const namePath = `${path}.managedResources[${at}].name`;
      errors.push(...validateExtendedResourceName(name ?? '', namePath));
      if (managed.has(name)) errors.push(field.invalid(namePath, name, 'duplicate extender managed resource name'));
      managed.add(name);
    });
  });
  const binders = extenders.filter(({ bindVerb }) => bindVerb).length;
  if (binders > 1)
    errors.push(
      field.invalid(
        'extenders',
        `found ${binders} extenders implementing bind`,
        'only one extender can implement bind',
      ),
    );
  return errors;
}

function validateExtendedResourceName(name: string, path: string): FieldError[] {
  const problems = isQualifiedName(name);
  if (problems.length > 0) return problems.map((problem) => field.invalid(path, name, problem));
  return isExtendedResource(name) ? [] : [field.invalid(path, name, 'is an invalid extended resource name')];
}
