import type { DeepReadonly, Pod, Service } from '@nestor/api';

interface Seen {
  service: string;
  pods: Map<string, string>;
}

/**
 * When what a Service's endpoints show began to differ: the earliest of what has changed since the last look
 * (TriggerTimeTracker). It tells how long the network was behind.
 */
export class TriggerTimes {
  private readonly seen = new Map<string, Seen>();

  next(key: string, service: DeepReadonly<Service>, pods: readonly DeepReadonly<Pod>[]): string | undefined {
    const before = this.seen.get(key);
    const now: Seen = { service: service.metadata.creationTimestamp ?? '', pods: new Map() };
    const changed: string[] = [];
    for (const pod of pods) {
      const { name = '' } = pod.metadata;
      const time = readyTime(pod);
      if (!time) continue;
      now.pods.set(name, time);
      if (time > (before?.pods.get(name) ?? '')) changed.push(time);
    }
    if (now.service > (before?.service ?? '')) changed.push(now.service);
    this.seen.set(key, now);
    return changed.sort()[0];
  }

  forget(key: string): void {
    this.seen.delete(key);
  }
}

const readyTime = ({ status }: DeepReadonly<Pod>): string | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
