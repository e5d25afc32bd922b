import type { ProxyBackend, SyncReport } from './proxy-backend';
import { forgetFlows, staleFlows } from './kernel/conntrack';
import type { ProxyState } from './state/service-port';

export interface ProxierOptions {
  backend: ProxyBackend;
  /** The state now; called once per sync. */
  state: () => ProxyState;
  /** Changes within this time share one sync. */
  minSyncPeriodMs: number;
  /** Everything is checked this often even without a change. */
  syncPeriodMs: number;
  onSync?: (sync: SyncOutcome) => void;
  onError?: (error: unknown) => void;
}

export interface SyncOutcome extends SyncReport {
  full: boolean;
  seconds: number;
}

/**
 * Keeps a backend at the wanted state: syncs soon after a change, retries what failed, and looks periodically whether
 * the rules are still there. One sync runs at a time.
 */
export class Proxier {
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Infinity;
  private running: Promise<void> | undefined;
  private stopped = false;
  private needsFull = true;
  private lastStart = 0;
  private synced: ProxyState | undefined;
  private queuedAt: number | undefined;
  private lastSyncedAt: number | undefined;
  private failures = 0;

  constructor(private readonly options: ProxierOptions) {}

  /** Something changed. */
  trigger(): void {
    this.queuedAt ??= Date.now();
    this.schedule(Math.max(0, this.lastStart + this.options.minSyncPeriodMs - Date.now()));
  }

  /** kube-proxy's health: no change waits for longer than two sync periods. */
  healthAt(now: number): { healthy: boolean; lastUpdated: number | undefined } {
    const waiting = this.queuedAt === undefined ? 0 : now - this.queuedAt;
    return { healthy: waiting <= 2 * this.options.syncPeriodMs, lastUpdated: this.lastSyncedAt };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(delayMs: number): void {
    const at = Date.now() + delayMs;
    if (this.stopped || this.running || at >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = at;
    this.timer = setTimeout(() => this.begin(), delayMs);
  }

  private begin(): void {
    this.dueAt = Infinity;
    this.running = this.syncOnce().finally(() => {
      this.running = undefined;
      if (this.failures > 0) this.schedule(Math.min(30_000, 500 * 2 ** (this.failures - 1)));
      else if (this.queuedAt !== undefined) this.trigger();
      else this.schedule(this.options.syncPeriodMs);
    });
  }

  private async syncOnce(): Promise<void> {
    const { backend, onSync, onError } = this.options;
    const queuedAt = this.queuedAt;
    this.queuedAt = undefined;
    this.lastStart = Date.now();
    try {
      if (!this.needsFull && queuedAt === undefined) this.needsFull = !(await backend.intact());
      const full = this.needsFull;
      const state = this.options.state();
      const report = await backend.sync(state, { full });
      await forgetFlows(staleFlows(this.synced, state));
      this.synced = state;
      this.needsFull = false;
      this.failures = 0;
      this.lastSyncedAt = Date.now();
      onSync?.({ ...report, full, seconds: (Date.now() - this.lastStart) / 1000 });
    } catch (error) {
      this.queuedAt = queuedAt ?? this.lastStart;
      this.needsFull = true;
      this.failures++;
      onError?.(error);
    }
  }
}
