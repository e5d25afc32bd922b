import { isAlreadyExists, isConflict, isNotFound, type Lease } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import type { ResourceClient } from '../contracts';
import { pause } from '../informer/backoff';

const log = createLogger('leader-election');

export interface LeaderElectionOptions {
  leases: ResourceClient<Lease>;
  namespace: string;
  name: string;
  /** Unique per process: host name and a random part. */
  identity: string;
  /** 3 s if absent: a stand-by takes over from a dead leader within 5 s. */
  leaseDurationMs?: number;
  /** 2 s if absent. */
  renewDeadlineMs?: number;
  /** 0.5 s if absent. */
  retryPeriodMs?: number;
}

/**
 * Leadership by a Lease, as client-go's leaderelection. Clocks of other machines are not trusted: a lease counts as held
 * for its duration after we last saw it change.
 */
export class LeaderElector {
  private observed: { lease: Lease; at: number } | undefined;
  private leading = false;
  /** Until then no other can have taken the lease: a lease's duration after the last renewal was sent. */
  private heldUntil = 0;
  private readonly leaseDurationMs: number;
  private readonly renewDeadlineMs: number;
  private readonly retryPeriodMs: number;

  constructor(private readonly options: LeaderElectionOptions) {
    this.leaseDurationMs = options.leaseDurationMs ?? 3000;
    this.renewDeadlineMs = options.renewDeadlineMs ?? 2000;
    this.retryPeriodMs = options.retryPeriodMs ?? 500;
    if (this.leaseDurationMs <= this.renewDeadlineMs)
      throw new Error('leaseDuration must be greater than renewDeadline');
  }

  get isLeader(): boolean {
    return this.leading;
  }

  /**
   * Whether nobody else can lead yet. A process that was stopped and goes on believes in its term until its timers
   * have run; by this clock it knows at once that its lease is over.
   */
  get mayAct(): boolean {
    return this.leading && performance.now() < this.heldUntil;
  }

  /**
   * Waits for leadership and runs `lead` under a signal that aborts the moment leadership is lost or `signal` aborts.
   * Returns when the term is over; the lease is released when we end of our own will.
   */
  async term(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (!(await this.acquire(signal))) return;
    const lost = new AbortController();
    this.leading = true;
    log.info({ lease: this.options.name, identity: this.options.identity }, 'became leader');
    const renewing = this.renew(AbortSignal.any([signal, lost.signal])).finally(() => {
      this.leading = false;
      lost.abort();
    });
    try {
      await lead(AbortSignal.any([signal, lost.signal]));
    } finally {
      const held = this.leading;
      lost.abort();
      await renewing;
      if (held || signal.aborted) await this.release();
    }
  }

  private async acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.attempt()) return true;
      await pause(this.retryPeriodMs * (1 + Math.random() * 0.2), signal);
    }
    return false;
  }

  /** Returns when the lease could not be renewed for the renew deadline, or on abort. */
  private async renew(signal: AbortSignal): Promise<void> {
    let renewedAt = performance.now();
    while (!signal.aborted) {
      await pause(this.retryPeriodMs, signal);
      if (signal.aborted) return;
      const startedAt = performance.now();
      const remaining = Math.max(1, renewedAt + this.renewDeadlineMs - startedAt);
      // A request that hangs must not keep us leading beyond the deadline.
      const renewed = await Promise.race([this.attempt(), pause(remaining, signal).then(() => false)]);
      if (renewed) renewedAt = startedAt;
      else if (this.takenByOther() || performance.now() - renewedAt >= this.renewDeadlineMs) {
        if (!signal.aborted) log.warn({ lease: this.options.name }, 'lost leadership');
        return;
      }
    }
  }

  private takenByOther(): boolean {
    const holder = this.observed?.lease.spec?.holderIdentity;
    return !!holder && holder !== this.options.identity;
  }

  private async attempt(): Promise<boolean> {
    const startedAt = performance.now();
    try {
      const held = await this.acquireOrRenew();
      if (held) this.heldUntil = startedAt + this.leaseDurationMs;
      return held;
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error))
        log.warn({ lease: this.options.name, error: String(error) }, 'lease could not be read or written');
      return false;
    }
  }

  private async acquireOrRenew(): Promise<boolean> {
    const { leases, name, namespace } = this.options;
    // The holder renews from what it wrote last: one request instead of two.
    let lease = this.leading ? this.observed?.lease : undefined;
    if (!lease) {
      try {
        lease = await leases.get(name, namespace);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        this.observe(await leases.create(this.record(undefined)));
        return true;
      }
      this.observe(lease);
    }
    if (this.takenByOther() && !this.isExpired()) return false;
    try {
      this.observe(await leases.update(this.record(lease)));
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) this.forgetOwnCopy();
      throw error;
    }
    return true;
  }

  /** Someone else wrote the lease: the next attempt reads it. */
  private forgetOwnCopy(): void {
    if (!this.takenByOther()) this.observed = undefined;
  }

  private observe(lease: Lease): void {
    const previous = this.observed?.lease.metadata.resourceVersion;
    if (previous !== lease.metadata.resourceVersion) this.observed = { lease, at: performance.now() };
  }

  private isExpired(): boolean {
    if (!this.observed) return true;
    const duration = (this.observed.lease.spec?.leaseDurationSeconds ?? 0) * 1000 || this.leaseDurationMs;
    return performance.now() - this.observed.at >= duration;
  }

  private record(old: Lease | undefined): Lease {
    const { identity, name, namespace } = this.options;
    const now = microTime();
    const isOurs = old?.spec?.holderIdentity === identity;
    const transitions = old?.spec?.leaseTransitions ?? 0;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: old ? old.metadata : { name, namespace },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.max(1, Math.round(this.leaseDurationMs / 1000)),
        acquireTime: isOurs ? old?.spec?.acquireTime : now,
        renewTime: now,
        leaseTransitions: old && !isOurs ? transitions + 1 : transitions,
      },
    };
  }

  /** Lets a waiting candidate in at once instead of after the lease's duration. */
  private async release(): Promise<void> {
    const lease = this.observed?.lease;
    if (!lease || lease.spec?.holderIdentity !== this.options.identity) return;
    const now = microTime();
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    try {
      await this.options.leases.update({ ...lease, spec });
      log.info({ lease: this.options.name }, 'released leadership');
    } catch (error) {
      log.debug({ error: String(error) }, 'the lease was not released, it will expire');
    }
    this.observed = undefined;
  }
}

/** metav1.MicroTime. */
export function microTime(date = new Date()): string {
  return date.toISOString().replace(/Z$/, '000Z');
}
