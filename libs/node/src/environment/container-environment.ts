import {
  isNotFound,
  type ConfigMap,
  type Container,
  type DeepReadonly,
  type Pod,
  type Secret,
  type Service,
} from '@nestor/api';
import { expand } from './expand';
import { fieldValue, resourceFieldValue, type PodFacts } from './field-ref';
import { serviceEnvironment } from './service-environment';

export interface EnvironmentSources {
  configMap(namespace: string, name: string): Promise<DeepReadonly<ConfigMap>>;
  secret(namespace: string, name: string): Promise<DeepReadonly<Secret>>;
  services(namespace: string): readonly DeepReadonly<Service>[];
  facts: PodFacts;
}

/** A container that cannot be configured; the message is shown with reason CreateContainerConfigError. */
export class ContainerConfigError extends Error {}

type EnvVar = DeepReadonly<NonNullable<Container['env']>[number]>;
type ValueFrom = NonNullable<EnvVar['valueFrom']>;

/** kubelet's makeEnvironmentVariables: services, then envFrom, then env, each able to use what came before. */
export async function containerEnvironment(
  pod: DeepReadonly<Pod>,
  container: DeepReadonly<Container>,
  sources: EnvironmentSources,
): Promise<{ key: string; value: string }[]> {
  const namespace = pod.metadata.namespace ?? '';
  const withLinks = pod.spec?.enableServiceLinks ?? true;
  const services = sources
    .services(namespace)
    .filter(({ metadata }) => withLinks || (metadata.namespace === 'default' && metadata.name === 'kubernetes'));
  const fromServices = serviceEnvironment(services);
  const result = new Map<string, string>();
  for (const source of container.envFrom ?? []) {
    const data = await dataOf(namespace, source, sources);
    for (const [key, value] of Object.entries(data)) result.set(`${source.prefix ?? ''}${key}`, value);
  }
  for (const variable of container.env ?? []) {
    const lookup = (name: string) => result.get(name) ?? fromServices[name];
    const value = variable.valueFrom
      ? await valueFrom(pod, container, variable.valueFrom, sources)
      : expand(variable.value ?? '', lookup);
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of Object.entries(fromServices)) if (!result.has(name)) result.set(name, value);
  return [...result].map(([key, value]) => ({ key, value }));
}

async function dataOf(
  namespace: string,
  source: DeepReadonly<NonNullable<Container['envFrom']>[number]>,
  sources: EnvironmentSources,
): Promise<Record<string, string>> {
  if (source.configMapRef) {
    const { name = '', optional } = source.configMapRef;
    const found = await optionally(sources.configMap(namespace, name), optional);
    return { ...found?.data };
  }
  if (!source.secretRef) return {};
  const { name = '', optional } = source.secretRef;
  const found = await optionally(sources.secret(namespace, name), optional);
  return Object.fromEntries(Object.entries(found?.data ?? {}).map(([key, value]) => [key, decode(value)]));
}

async function valueFrom(
  pod: DeepReadonly<Pod>,
  container: DeepReadonly<Container>,
  from: ValueFrom,
  sources: EnvironmentSources,
): Promise<string | undefined> {
  const namespace = pod.metadata.namespace ?? '';
  if (from.fieldRef) {
    const value = fieldValue(pod, from.fieldRef.fieldPath, sources.facts);
    if (value === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${from.fieldRef.fieldPath}`);
    return value;
  }
  if (from.resourceFieldRef) {
    const { containerName, resource, divisor } = from.resourceFieldRef;
    const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    const target = containerName ? all.find(({ name }) => name === containerName) : container;
    return resourceFieldValue(target ?? container, { resource, divisor }, sources.facts);
  }
  if (from.configMapKeyRef) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const found = await optionally(sources.configMap(namespace, name), optional);
    return keyOf(found?.data, key, { optional, missing: `couldn't find key ${key} in ConfigMap ${namespace}/${name}` });
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional } = from.secretKeyRef;
    const found = await optionally(sources.secret(namespace, name), optional);
    const missing = `couldn't find key ${key} in Secret ${namespace}/${name}`;
    const value = keyOf(found?.data, key, { optional, missing });
    return value === undefined ? undefined : decode(value);
  }
  return '';
}

function keyOf(
  data: Readonly<Record<string, string>> | undefined,
  key: string,
  { optional, missing }: { optional?: boolean; missing: string },
): string | undefined {
  const value = data?.[key];
  if (value === undefined && !optional) throw new ContainerConfigError(missing);
  return value;
}

async function optionally<T>(read: Promise<T>, optional: boolean | undefined): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    if (optional) return undefined;
    throw new ContainerConfigError((error as Error).message, { cause: error });
  }
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
