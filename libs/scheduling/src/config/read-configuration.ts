import { parseDocument } from 'yaml';
import { fieldErrorMessage } from '@nestor/api';
import { configurationShape, pluginArgsShapes } from './configuration-shape';
import { GivenConfiguration, defaultConfiguration } from './default-configuration';
import { Shape, ShapeProblems, checkShape } from './document-shape';
import type { KubeSchedulerConfiguration, PluginReference } from './kube-scheduler-configuration';
import { validateConfiguration } from './validate-configuration';

export const configurationKind = 'KubeSchedulerConfiguration';
const group = 'kubescheduler.config.k8s.io';
const apiVersion = `${group}/v1`;

/** What is wrong with a configuration, every problem at once. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`);
  }
}

/** Reads, defaults and validates a KubeSchedulerConfiguration in YAML or JSON. Throws ConfigurationError. */
export function readConfiguration(text: string, known: readonly PluginReference[]): KubeSchedulerConfiguration {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0)
    throw new ConfigurationError(document.errors.map(({ message }) => message.split('\n')[0] ?? ''));
  const content = (document.toJS() ?? {}) as Record<string, unknown>;
  const { kind = '', apiVersion: version = '' } = content as { kind?: string; apiVersion?: string };
  if (kind !== configurationKind || version !== apiVersion)
    throw new ConfigurationError([
      `no kind "${kind}" is registered for version "${version}"; want ${apiVersion} ${configurationKind}`,
    ]);
  refuseMisfits(configurationShape, content, '');
  const given = content as GivenConfiguration;
  for (const profile of given.profiles ?? [])
    for (const { name = '', args } of profile.pluginConfig ?? []) checkArgs(name, args ?? {});
  const configuration = defaultConfiguration(given, known);
  const errors = validateConfiguration(configuration);
  if (errors.length > 0) throw new ConfigurationError(errors.map(fieldErrorMessage));
  return configuration;
}

/** The configuration of a scheduler that was given no file. */
export function configurationWithoutFile(known: readonly PluginReference[]): KubeSchedulerConfiguration {
  return defaultConfiguration({}, known);
}

function checkArgs(name: string, args: Readonly<Record<string, unknown>>): void {
  const shape = pluginArgsShapes[name];
  if (!shape) return;
  const { kind = `${name}Args` } = args as { kind?: string };
  if (kind !== `${name}Args`)
    throw new ConfigurationError([
      `args for plugin ${name} were not of type ${name}Args.${group}, got ${kind}.${group}`,
    ]);
  refuseMisfits(shape, args, `decoding args for plugin "${name}": `);
}

function refuseMisfits(shape: Shape, value: unknown, context: string): void {
  const problems: ShapeProblems = { unknown: [], types: [] };
  checkShape(shape, value, '', problems);
  if (problems.types.length > 0) throw new ConfigurationError(problems.types.map((problem) => context + problem));
  if (problems.unknown.length > 0)
    throw new ConfigurationError([`${context}strict decoding error: ${problems.unknown.join(', ')}`]);
}
