import type { Container, Pod, PodSpec, Volume } from '../../meta/json-types';
import { canonicalResourceList } from '../resource-list';

interface Named {
  kind: string;
  apiVersion: string;
}

/** "latest" when the reference has neither tag nor digest; '' with a digest alone. */
export function imageTag(image: string): string {
  const [name = '', digest] = image.split('@');
  const last = name.slice(name.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  if (colon >= 0) return last.slice(colon + 1);
  return digest === undefined ? 'latest' : '';
}

function defaultContainer(container: Container, of: Named): void {
  container.imagePullPolicy ??= imageTag(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent';
  container.resources ??= {};
  canonicalResourceList(container.resources.limits, of);
  canonicalResourceList(container.resources.requests, of);
}

/** A volume without any source is an emptyDir. */
function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {};
}

export const allContainers = (spec: PodSpec): Container[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
  ...((spec.ephemeralContainers ?? []) as Container[]),
];

/** Dependent defaults that a pod and a pod template share (SetDefaults_PodSpec and the conversions around it). */
export function setPodSpecDefaults(spec: PodSpec, of: Named): void {
  // As Go has it: a list that is not there is empty, and what admission is shown has one.
  spec.containers ??= [];
  allContainers(spec).forEach((container) => defaultContainer(container, of));
  (spec.volumes ?? []).forEach(defaultVolume);
  canonicalResourceList(spec.overhead, of);
  canonicalResourceList(spec.resources?.limits, of);
  canonicalResourceList(spec.resources?.requests, of);
  mirrorServiceAccount(spec);
}

/** serviceAccount is the deprecated name of serviceAccountName: what is read back holds both. */
export function mirrorServiceAccount(spec: PodSpec): void {
  spec.serviceAccountName ||= spec.serviceAccount;
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else {
    delete spec.serviceAccountName;
    delete spec.serviceAccount;
  }
}

function requestsFromLimits(
  resources: { limits?: Record<string, string>; requests?: Record<string, string> } | undefined,
): void {
  if (!resources?.limits) return;
  const requests = (resources.requests ??= {});
  for (const [name, limit] of Object.entries(resources.limits)) requests[name] ??= limit;
}

/** SetDefaults_Pod: what only pods get, not templates. */
export function setPodDefaults(pod: Pod): void {
  const spec = (pod.spec ??= { containers: [] });
  setPodSpecDefaults(spec, pod);
  spec.enableServiceLinks ??= true;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    requestsFromLimits(container.resources);
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
  requestsFromLimits(spec.resources);
}
