import { AsyncLocalStorage } from 'node:async_hooks';
import { isConflict, isNotFound, type DeepReadonly, type Pod, type PodStatus } from '@nestor/api';
import type { ResourceClient } from '@nestor/client';
import { createLogger } from '@nestor/telemetry';

const log = createLogger('pod-status');

interface Wanted {
  pod: DeepReadonly<Pod>;
  status: PodStatus;
  version: number;
  /** The work that led to the status, which its write is traced as a part of. */
  within: <T>(fn: () => T) => T;
}

/**
 * Writes pod statuses to the API, newest wins: a status that is overtaken while it waits is never sent, one that says
 * what the API holds already is not sent either. One writer serves all nodes of a process and bounds their requests.
 */
export class PodStatusWriter {
  private readonly wanted = new Map<string, Wanted>();
  private readonly written = new Map<string, string>();
  private readonly queue: string[] = [];
  private readonly busy = new Set<string>();
  private readonly waiters = new Map<string, (() => void)[]>();
  private versions = 0;
  private active = 0;

  constructor(
    private readonly pods: ResourceClient<Pod>,
    private readonly concurrency = 48,
  ) {}

  set(pod: DeepReadonly<Pod>, status: PodStatus): void {
    const uid = pod.metadata.uid ?? '';
    const text = JSON.stringify(status);
    if (this.written.get(uid) === text && !this.wanted.has(uid)) return;
    const isQueued = this.wanted.has(uid);
    this.wanted.set(uid, { pod, status, version: ++this.versions, within: AsyncLocalStorage.snapshot() });
    if (isQueued) return;
    this.queue.push(uid);
    // One turn of the loop later, so that the statuses a pod goes through in one go become one write.
    setImmediate(() => this.pump());
  }

  /** Resolves once what was set for the pod has reached the API (or the pod is gone from it). */
  flushed(uid: string): Promise<void> {
    if (!this.wanted.has(uid)) return Promise.resolve();
    return new Promise((resolve) => this.waiters.set(uid, [...(this.waiters.get(uid) ?? []), resolve]));
  }

  forget(uid: string): void {
    this.wanted.delete(uid);
    this.written.delete(uid);
    this.resolveWaiters(uid);
  }

  private pump(): void {
    while (this.active < this.concurrency) {
      const uid = this.queue.shift();
      if (uid === undefined) return;
      if (this.busy.has(uid) || !this.wanted.has(uid)) continue;
      this.active++;
      this.busy.add(uid);
      void this.write(uid).finally(() => {
        this.active--;
        this.busy.delete(uid);
        this.pump();
      });
    }
  }

  private async write(uid: string): Promise<void> {
    const wanted = this.wanted.get(uid);
    if (!wanted) return;
    const { pod, status, version, within } = wanted;
    const { name = '', namespace } = pod.metadata;
    try {
      // A merge patch replaces lists whole: an address or container that is gone must not stay behind.
      // The uid is the precondition: a pod made anew under the same name has nothing to do with this status.
      const patch = { metadata: { uid }, status };
      await within(() => this.pods.patch(name, namespace, 'merge', patch, { subresource: 'status' }));
      this.written.set(uid, JSON.stringify(status));
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) return this.retryLater(uid, error);
    }
    if (this.wanted.get(uid)?.version === version) {
      this.wanted.delete(uid);
      this.resolveWaiters(uid);
    } else this.queue.push(uid);
  }

  private retryLater(uid: string, error: unknown): void {
    log.warn({ uid, error: String(error) }, 'pod status not written, trying again');
    setTimeout(() => {
      this.queue.push(uid);
      this.pump();
    }, 1000).unref();
  }

  private resolveWaiters(uid: string): void {
    for (const resolve of this.waiters.get(uid) ?? []) resolve();
    this.waiters.delete(uid);
  }
}
