import type { ContainerStats } from '@nestor/cri';
import type { NodeAgent } from '@nestor/node';

const podUidLabel = 'io.kubernetes.pod.uid';

/** The part of the summary API that the runtime knows: CPU and memory of running containers. */
export async function statsSummary(agents: readonly NodeAgent[]): Promise<object> {
  const [first] = agents;
  const summaries = await Promise.all(agents.map(podStats));
  return { node: { nodeName: first?.options.nodeName ?? '' }, pods: summaries.flat() };
}

async function podStats({ options, pool }: NodeAgent): Promise<object[]> {
  const stats = await options.runtime.listContainerStats();
  return pool.all.map(({ current, uid }) => ({
    podRef: { name: current.metadata.name, namespace: current.metadata.namespace, uid },
    startTime: current.status?.startTime ?? null,
    containers: stats.filter(({ labels }) => labels[podUidLabel] === uid).map(containerStats),
  }));
}

function containerStats(stats: ContainerStats): object {
  const time = new Date(stats.timestamp / 1e6).toISOString();
  return {
    name: stats.metadata.name,
    startTime: time,
    cpu: { time, usageCoreNanoSeconds: stats.cpuUsageCoreNanoSeconds },
    memory: {
      time,
      usageBytes: stats.memoryUsageBytes,
      workingSetBytes: stats.memoryWorkingSetBytes,
      rssBytes: stats.memoryRssBytes,
    },
    rootfs: { time, usedBytes: stats.writableLayerBytes },
  };
}
