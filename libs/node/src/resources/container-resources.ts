import {
  podQosClass,
  quantityMilliValue,
  quantityValue,
  podLimits,
  podRequests,
  type Container,
  type DeepReadonly,
  type Pod,
} from '@nestor/api';
import type { LinuxContainerResources } from '@nestor/cri';

const cpuPeriodMicroseconds = 100_000;
const minimumShares = 2;
const maximumShares = 262_144;
const minimumQuota = 1000;

/** 1 CPU is 1024 shares. */
export function cpuShares(milliCpu: number): number {
  return Math.min(maximumShares, Math.max(minimumShares, Math.floor((milliCpu * 1024) / 1000)));
}

export function cpuQuota(milliCpu: number): number {
  return Math.max(minimumQuota, Math.floor((milliCpu * cpuPeriodMicroseconds) / 1000));
}

/** A container's cgroup limits, as kuberuntime computes them. */
export function containerResources(
  pod: DeepReadonly<Pod>,
  container: DeepReadonly<Container>,
  nodeMemoryBytes: number,
): LinuxContainerResources {
  const { requests, limits } = container.resources ?? {};
  // A limit without a request means that much is requested.
  const cpuRequest = requests?.cpu ?? limits?.cpu;
  const resources: LinuxContainerResources = {
    cpuShares: cpuShares(cpuRequest ? quantityMilliValue(cpuRequest) : 0),
    oomScoreAdj: oomScoreAdjust(pod, container, nodeMemoryBytes),
  };
  if (limits?.cpu && quantityMilliValue(limits.cpu) > 0) {
    resources.cpuPeriod = cpuPeriodMicroseconds;
    resources.cpuQuota = cpuQuota(quantityMilliValue(limits.cpu));
  }
  if (limits?.memory) resources.memoryLimitInBytes = quantityValue(limits.memory);
  return resources;
}

/** qos.GetContainerOOMScoreAdjust. */
export function oomScoreAdjust(
  pod: DeepReadonly<Pod>,
  container: DeepReadonly<Container>,
  nodeMemoryBytes: number,
): number {
  const qos = podQosClass(pod);
  const isCritical = (pod.spec?.priority ?? 0) >= 2_000_000_000;
  if (isCritical || qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const request = quantityValue(container.resources?.requests?.memory ?? '0');
  const adjust = 1000 - Math.floor((1000 * request) / nodeMemoryBytes);
  if (adjust < 3) return 3;
  return adjust === 1000 ? 999 : adjust;
}

/** The pod's own cgroup holds what its containers may use together. */
export function podCgroupResources(pod: DeepReadonly<Pod>): LinuxContainerResources {
  const requests = podRequests(pod);
  const limits = podLimits(pod);
  const everyContainerHas = (name: string) =>
    (pod.spec?.containers ?? []).every(({ resources }) => resources?.limits?.[name] !== undefined);
  const resources: LinuxContainerResources = { cpuShares: cpuShares(quantityMilliValue(requests.cpu ?? '0')) };
  if (limits.cpu && everyContainerHas('cpu')) {
    resources.cpuPeriod = cpuPeriodMicroseconds;
    resources.cpuQuota = cpuQuota(quantityMilliValue(limits.cpu));
  }
  if (limits.memory && everyContainerHas('memory')) resources.memoryLimitInBytes = quantityValue(limits.memory);
  return resources;
}
