import { performance } from 'node:perf_hooks';
import type { Pod } from '@nestor/api';
import {
  type PodInfo,
  Scheduler,
  buildProfile,
  configurationWithoutFile,
  defaultPluginsIn,
  defaultRegistry,
} from '@nestor/scheduling';
import type { Measurement } from '../measurement';
import { type PodTemplate, benchNode, benchPod, highPriority, initNamespace, podNamespace } from './objects';
import { type SchedulerWorkload, podsOf } from './workloads';

/**
 * Pods a second through queue, filters, scores, preemption and assumption, in this process, with bindings and evictions
 * that cost nothing.
 */
export async function measureAlgorithm(
  name: string,
  workload: SchedulerWorkload,
  nodes: number,
  asked: number,
): Promise<Measurement> {
  const bench = new Algorithm(nodes);
  const { init, impossible = 0 } = workload;
  if (init) await bench.schedule('init', initNamespace, init.template, init.count(nodes));
  if (impossible > 0) bench.add('impossible', podNamespace, { cpu: '9' }, impossible);
  const count = podsOf(workload, nodes, asked);
  const cpu = process.cpuUsage();
  const began = performance.now();
  await bench.schedule('measured', podNamespace, workload.template, count);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  bench.stop();
  return {
    workload: `algorithm: ${name}`,
    parameters: { nodes, pods: count },
    perSecond: count / seconds,
    serverCpuMicros: (user + system) / count,
    errors: 0,
  };
}

class Algorithm {
  private bound = 0;
  private expected = 0;
  private finished: (() => void) | undefined;
  private readonly scheduler: Scheduler;

  constructor(nodes: number) {
    const registry = defaultRegistry({
      postBinding: () => Promise.resolve(),
      preemption: {
        budgets: () => [],
        clearNomination: () => Promise.resolve(),
        evict: (victim) => this.evict(victim),
      },
    });
    const { profiles } = configurationWithoutFile(defaultPluginsIn(registry));
    this.scheduler = new Scheduler({
      profiles: (handle) => profiles.map((profile) => buildProfile(profile, registry, handle)),
      observer: {
        scheduled: () => this.counted(),
        unschedulable: () => undefined,
        failed: () => undefined,
        binding: (_pod, _node, run) => run(),
      },
      maxBindings: 1_000_000,
    });
    for (let index = 0; index < nodes; index++) this.scheduler.setNode(benchNode(index));
    this.scheduler.start();
  }

  add(prefix: string, namespace: string, template: PodTemplate, count: number): void {
    for (let index = 0; index < count; index++) {
      const pod: Pod = benchPod(`${prefix}-${index}`, namespace, template);
      pod.metadata.uid = `${namespace}/${pod.metadata.name}`;
      // Here is no admission to look its class up.
      if (pod.spec?.priorityClassName) pod.spec.priority = highPriority;
      this.scheduler.setPod(pod);
    }
  }

  schedule(prefix: string, namespace: string, template: PodTemplate, count: number): Promise<void> {
    this.expected = this.bound + count;
    const all = new Promise<void>((resolve) => (this.finished = resolve));
    this.add(prefix, namespace, template, count);
    if (count === 0) this.finished?.();
    return all;
  }

  stop(): void {
    this.scheduler.stop();
  }

  /** As the API's answer and event would: in a later turn of the event loop. */
  private async evict(victim: PodInfo): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.scheduler.removePod(victim.uid);
  }

  private counted(): void {
    if (++this.bound >= this.expected) this.finished?.();
  }
}
