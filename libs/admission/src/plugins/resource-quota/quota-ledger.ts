import {
  isConflict,
  isNotFound,
  internalError,
  type Amounts,
  type DeepReadonly,
  type ResourceQuota,
} from '@nestor/api';
import { chargesOf, runningQuota, type QuotaRequest, type RunningQuota } from './quota-check';

/** The quotas stored, and the way to write down what is used of them. */
export interface QuotaStore {
  /** Those of a namespace; with `fresh` as they are at this moment. */
  quotas(namespace: string, options?: { fresh?: boolean }): Promise<readonly DeepReadonly<ResourceQuota>[]>;
  /** Writes status.used if the quota is still as it was read; 409 if not. */
  charge(quota: DeepReadonly<ResourceQuota>, used: Amounts): Promise<void>;
}

interface Waiter {
  asked: QuotaRequest;
  resolve(): void;
  reject(error: unknown): void;
}

/** As long as upstream lets a request wait. */
const patienceMs = 10_000;

/**
 * Charges requests to quotas before they happen. Those that come while a write is under way are charged together with
 * the next, so that a busy quota costs one write for many requests (resourcequota quotaEvaluator).
 */
export class QuotaLedger {
  private readonly waiting = new Map<string, Waiter[]>();
  constructor(private readonly store: QuotaStore) {}

  /** Resolves when the request is charged; rejects where it does not fit. */
  charge(asked: QuotaRequest): Promise<void> {
    const { namespace } = asked.request;
    return new Promise((resolve, reject) => {
      const waiter = { asked, resolve, reject };
      const queue = this.waiting.get(namespace);
      if (queue) queue.push(waiter);
      else {
        this.waiting.set(namespace, [waiter]);
        void this.work(namespace);
      }
    });
  }

  private async work(namespace: string): Promise<void> {
    for (;;) {
      const batch = this.waiting.get(namespace) ?? [];
      if (batch.length === 0) break;
      this.waiting.set(namespace, []);
      const left = new Set(batch);
      try {
        await this.settle(namespace, left);
      } catch (error) {
        for (const { reject } of left) reject(error);
      }
    }
    this.waiting.delete(namespace);
  }

  /** Takes out of `left` whom it has answered. */
  private async settle(namespace: string, left: Set<Waiter>): Promise<void> {
    const deadline = Date.now() + patienceMs;
    let again: ReadonlySet<string> | undefined;
    do {
      const stored = await this.store.quotas(namespace, { fresh: again !== undefined });
      // Quotas that took the charge already must not take it twice; one that is gone charges nothing any more.
      const quotas = stored.filter(({ metadata }) => !again || again.has(metadata.name ?? '')).map(runningQuota);
      const changed = judge(quotas, left);
      again = await this.write(changed);
      if (again.size > 0) continue;
      for (const { resolve } of left) resolve();
      left.clear();
      return;
    } while (Date.now() < deadline);
    throw internalError('resource quota evaluation timed out');
  }

  /** The names of those that somebody else changed meanwhile. */
  private async write(changed: readonly RunningQuota[]): Promise<ReadonlySet<string>> {
    const lost = await Promise.all(
      changed.map(async ({ quota, used }) => {
        try {
          await this.store.charge(quota, used);
          return undefined;
        } catch (error) {
          if (isNotFound(error)) return undefined;
          if (isConflict(error)) return quota.metadata.name;
          throw error;
        }
      }),
    );
    return new Set(lost.filter((name) => name !== undefined));
  }
}

/** Holds each request against the quotas as those before it leave them; the quotas that are to be written. */
function judge(quotas: readonly RunningQuota[], left: Set<Waiter>): RunningQuota[] {
  const changed = new Set<RunningQuota>();
  for (const waiter of [...left]) {
    try {
      const charges = chargesOf(quotas, waiter.asked);
      if (waiter.asked.request.dryRun || charges.length === 0) {
        waiter.resolve();
        left.delete(waiter);
        continue;
      }
      for (const { to, used } of charges) {
        to.used = used;
        changed.add(to);
      }
    } catch (error) {
      waiter.reject(error);
      left.delete(waiter);
    }
  }
  return [...changed];
}
