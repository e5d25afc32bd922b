import type { TestCluster } from '@nestor/testing';
import { ProcessUsage } from '../process-usage';

/** CPU seconds and memory of each component of a cluster, as far as it runs on this machine. */
export function usageOf(cluster: TestCluster): Record<string, { cpuSeconds: number; rssMiB: number }> {
  return Object.fromEntries(
    Object.entries(cluster.processes()).map(([name, pid]) => {
      const usage = new ProcessUsage(() => pid);
      return [name, { cpuSeconds: (usage.cpuMicros() ?? 0) / 1e6, rssMiB: usage.rssMiB() ?? 0 }];
    }),
  );
}

/** Memory by component, for a measurement's `more`. */
export function memoryOf(cluster: TestCluster): Record<string, number> {
  return Object.fromEntries(Object.entries(usageOf(cluster)).map(([name, { rssMiB }]) => [`${name}MiB`, rssMiB]));
}
