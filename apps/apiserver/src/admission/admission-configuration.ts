import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  eventLimitsOf,
  noCredentials,
  podSecurityDefaults,
  podSecurityPolicyOf,
  webhookCredentials,
  type CredentialsFor,
  type EventLimit,
  type KubeconfigUser,
  type LimitedResource,
  type PodSecurityOptions,
} from '@nestor/admission';
import { yaml } from '../http/yaml';

/** What the file of --admission-control-config-file says of the plugins that take a configuration. */
export interface AdmissionConfiguration {
  podSecurity: PodSecurityOptions;
  limitedResources: readonly LimitedResource[];
  /** Absent where EventRateLimit has no configuration. */
  eventLimits?: readonly EventLimit[];
  mutatingCredentials: CredentialsFor;
  validatingCredentials: CredentialsFor;
}

export const noAdmissionConfiguration: AdmissionConfiguration = {
  podSecurity: podSecurityDefaults,
  limitedResources: [],
  mutatingCredentials: noCredentials,
  validatingCredentials: noCredentials,
};

type Fields = Record<string, unknown>;
interface Plugin {
  name?: string;
  path?: string;
  configuration?: Fields;
}
type Apply = (configuration: Fields, directory: string) => Partial<AdmissionConfiguration>;

const plugins: Readonly<Record<string, { kind: string; apply: Apply }>> = {
  PodSecurity: { kind: 'PodSecurityConfiguration', apply: (fields) => ({ podSecurity: podSecurityOf(fields) }) },
  ResourceQuota: {
    kind: 'ResourceQuotaConfiguration',
    apply: (fields) => ({ limitedResources: (fields['limitedResources'] ?? []) as LimitedResource[] }),
  },
  EventRateLimit: { kind: 'Configuration', apply: (fields) => ({ eventLimits: eventLimits(fields) }) },
  MutatingAdmissionWebhook: {
    kind: 'WebhookAdmissionConfiguration',
    apply: (fields, directory) => ({ mutatingCredentials: credentialsOf(fields, directory) }),
  },
  ValidatingAdmissionWebhook: {
    kind: 'WebhookAdmissionConfiguration',
    apply: (fields, directory) => ({ validatingCredentials: credentialsOf(fields, directory) }),
  },
};

/** Reads an AdmissionConfiguration (apiserver.config.k8s.io/v1). Paths in it are relative to the file they stand in. */
export function readAdmissionConfiguration(file: string | undefined): AdmissionConfiguration {
  if (!file) return noAdmissionConfiguration;
  const listed = (readKind(file, 'AdmissionConfiguration')['plugins'] ?? []) as Plugin[];
  const parts = listed.map(({ name = '', path, configuration }) => {
    const plugin = plugins[name];
    if (!plugin) throw failure(file, `plugin ${JSON.stringify(name)} takes no configuration`);
    const { kind, apply } = plugin;
    const from = path ? resolve(dirname(file), path) : file;
    const fields = configuration ?? (path ? readKind(from, kind) : undefined);
    if (!fields) throw failure(file, `plugin ${JSON.stringify(name)} needs a path or a configuration`);
    checkKind(from, kind, fields);
    return apply(fields, dirname(from));
  });
  return Object.assign({}, noAdmissionConfiguration, ...parts) as AdmissionConfiguration;
}

function podSecurityOf({ defaults = {}, exemptions = {} }: Fields): PodSecurityOptions {
  const labels = Object.entries(defaults as Record<string, string>).map(([name, value]) => [
    `pod-security.kubernetes.io/${name}`,
    value,
  ]);
  const { policy, errors } = podSecurityPolicyOf(Object.fromEntries(labels) as Record<string, string>);
  const [wrong] = errors;
  if (wrong) throw new Error(`PodSecurityConfiguration: defaults: ${JSON.stringify(wrong.badValue)} ${wrong.detail}`);
  return { defaults: policy, exemptions: { ...podSecurityDefaults.exemptions, ...(exemptions as object) } };
}

/** The name of the kind alone says little. */
function eventLimits(fields: Fields): EventLimit[] {
  const { apiVersion = '' } = fields;
  const wanted = 'eventratelimit.admission.k8s.io/v1alpha1';
  if (apiVersion === wanted) return eventLimitsOf(fields);
  throw new Error(`EventRateLimit: Configuration is of ${JSON.stringify(apiVersion)} where ${wanted} is wanted`);
}

function credentialsOf({ kubeConfigFile }: Fields, directory: string): CredentialsFor {
  if (typeof kubeConfigFile !== 'string' || kubeConfigFile === '') return noCredentials;
  const path = resolve(directory, kubeConfigFile);
  const users = (readKind(path, 'Config')['users'] ?? []) as { name: string; user?: Record<string, string> }[];
  return webhookCredentials(users.map(({ name, user = {} }) => ({ name, user: withFiles(user, dirname(path)) })));
}

/** Certificates and tokens may be in files of their own. */
function withFiles(user: Record<string, string>, directory: string): KubeconfigUser['user'] {
  const read = (name: string): Buffer | undefined =>
    user[name] === undefined ? undefined : readFileSync(resolve(directory, user[name]));
  const [cert, key] = [read('client-certificate'), read('client-key')];
  const token = read('tokenFile')?.toString('utf8').trim();
  return {
    ...(cert ? { 'client-certificate-data': cert.toString('base64') } : {}),
    ...(key ? { 'client-key-data': key.toString('base64') } : {}),
    ...(token ? { token } : {}),
    ...user,
  };
}

function readKind(file: string, kind: string): Fields {
  let value: unknown;
  try {
    value = yaml().parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read`, { cause: error });
  }
  if (typeof value !== 'object' || value === null) throw failure(file, `is no ${kind}`);
  checkKind(file, kind, value as Fields);
  return value as Fields;
}

function checkKind(file: string, kind: string, { kind: given }: Fields): void {
  if (given !== kind) throw failure(file, `is of kind ${JSON.stringify(given ?? '')} where a ${kind} is wanted`);
}

const failure = (file: string, why: string): Error => new Error(`${file}: ${why}`);
