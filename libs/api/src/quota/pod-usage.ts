import type { ApiObject, DeepReadonly, Pod } from '../meta/json-types';
import type { Quantity } from '../meta/quantity';
import { quantityFrom, quantityOf } from '../meta/quantity';
import { podQosClass } from '../core/pod/pod-qos';
import { podLimits, podRequests } from '../core/pod/pod-resources';
import { isTerminalPhase } from '../core/pod/pod-conditions';
import { isExtendedResource } from '../core/resource-quota/resource-names';
import type { Amounts } from './amounts';
import { countName, matchesValues, type ScopeRequirement, type UsageEvaluator } from './usage-evaluator';

type ObservedPod = DeepReadonly<Pod>;

const compute = ['cpu', 'memory', 'ephemeral-storage'];
const names = new Set([
  countName('pods'),
  'pods',
  ...compute.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
const isHugePages = (name: string): boolean => name.startsWith('hugepages-') || name.startsWith('requests.hugepages-');
const isDevice = (name: string): boolean =>
  name.startsWith('requests.') && name.includes('/') && !name.includes('kubernetes.io/');
const one = quantityOf(1);

/** QuotaV1Pod: a pod that has ended, or should have by now, holds nothing but its own place. */
export function holdsResources(pod: ObservedPod, now: Date): boolean {
  if (isTerminalPhase(pod.status?.phase)) return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (!deletionTimestamp || deletionGracePeriodSeconds === undefined) return true;
  return now.getTime() <= Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function usageOf(object: DeepReadonly<ApiObject>, now: Date): Amounts {
  const pod = object as ObservedPod;
  const usage = new Map<string, Quantity>([[countName('pods'), one]]);
  if (!holdsResources(pod, now)) return usage;
  usage.set('pods', one);
  for (const [name, text] of Object.entries(podRequests(pod))) {
    const amount = quantityFrom(text);
    if (compute.includes(name) || name.startsWith('hugepages-')) {
      usage.set(name, amount);
      usage.set(`requests.${name}`, amount);
    } else if (isExtendedResource(name)) usage.set(`requests.${name}`, amount);
  }
  for (const [name, text] of Object.entries(podLimits(pod))) {
    if (compute.includes(name)) usage.set(`limits.${name}`, quantityFrom(text));
  }
  return usage;
}

const isTerminating = ({ spec }: ObservedPod): boolean => (spec?.activeDeadlineSeconds ?? -1) >= 0;

function reachesOtherNamespaces({ spec }: ObservedPod): boolean {
  return [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => term.podAffinityTerm),
    ].some((term) => (term.namespaces?.length ?? 0) > 0 || term.namespaceSelector != null),
  );
}

function isInScope(object: DeepReadonly<ApiObject>, requirement: ScopeRequirement): boolean {
  const pod = object as ObservedPod;
  switch (requirement.scopeName) {
    case 'Terminating':
      return isTerminating(pod);
    case 'NotTerminating':
      return !isTerminating(pod);
    case 'BestEffort':
      return podQosClass(pod) === 'BestEffort';
    case 'NotBestEffort':
      return podQosClass(pod) !== 'BestEffort';
    case 'PriorityClass':
      return matchesValues(requirement, pod.spec?.priorityClassName ? [pod.spec.priorityClassName] : []);
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(pod);
    default:
      return false;
  }
}

export const podUsage: UsageEvaluator = {
  resource: 'pods',
  matchingNames: (asked) => asked.filter((name) => names.has(name) || isHugePages(name) || isDevice(name)),
  usageOf,
  isInScope,
  freesUsage: (pod, old, now) => holdsResources(old, now) && !holdsResources(pod, now),
};
