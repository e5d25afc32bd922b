import { readFileSync } from 'node:fs';
import {
  KubeSchedulerConfiguration,
  PluginReference,
  configurationWithoutFile,
  readConfiguration,
} from '@nestor/scheduling';
import type { SchedulerConfig } from './scheduler.config';

/** The KubeSchedulerConfiguration that the process runs with: the file's or the default one, with the flags on top. */
export function effectiveConfiguration(
  config: SchedulerConfig,
  known: readonly PluginReference[],
): KubeSchedulerConfiguration {
  const { configurationFile } = config;
  const configuration = configurationFile
    ? readFile(configurationFile, known)
    : withSchedulerName(configurationWithoutFile(known), config.schedulerName);
  const { leaderElection } = configuration;
  return {
    ...configuration,
    percentageOfNodesToScore: config.percentageOfNodesToScore ?? configuration.percentageOfNodesToScore,
    leaderElection: {
      ...leaderElection,
      leaderElect: config.leaderElect ?? leaderElection.leaderElect,
      resourceNamespace: config.leaderElectNamespace ?? leaderElection.resourceNamespace,
      resourceName: config.leaderElectName ?? leaderElection.resourceName,
    },
  };
}

function readFile(path: string, known: readonly PluginReference[]): KubeSchedulerConfiguration {
  try {
    return readConfiguration(readFileSync(path, 'utf8'), known);
  } catch (error) {
    throw new Error(`--config ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function withSchedulerName(
  configuration: KubeSchedulerConfiguration,
  schedulerName: string | undefined,
): KubeSchedulerConfiguration {
  if (!schedulerName) return configuration;
  return { ...configuration, profiles: configuration.profiles.map((profile) => ({ ...profile, schedulerName })) };
}
