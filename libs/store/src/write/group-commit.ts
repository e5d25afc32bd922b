import { serviceUnavailable } from '@nestor/api';
import {
  isDefiniteFailure,
  isGivenUp,
  isMissingPartition,
  isPassing,
  outcomeUnknown,
  toApiError,
} from '../connection/postgres-error';
import type { Change, WriteOperation, WriteOutcome } from '../truth-store';
import type { CommitConnection, CommittedBatch } from './commit-connection';

export interface GroupCommitLimits {
  /** Operations of one batch. */
  maxBatch: number;
  /** Bytes of bodies of one batch; one operation always fits. */
  maxBatchBytes: number;
  /** Operations that may wait; more are refused at once. */
  maxQueued: number;
  /** An operation that Postgres has not taken by then is refused, one whose outcome is not known by then is answered so. */
  patienceMs: number;
}

export const defaultGroupCommitLimits: GroupCommitLimits = {
  maxBatch: 128,
  maxBatchBytes: 8 * 1024 * 1024,
  maxQueued: 10_000,
  patienceMs: 10_000,
};

interface Waiting {
  operation: WriteOperation;
  deadline: number;
  resolve(outcome: WriteOutcome): void;
  reject(error: unknown): void;
}

export interface GroupCommitOptions {
  connection: CommitConnection;
  limits: GroupCommitLimits;
  /** Called after each commit, before its writers hear of it. */
  committed(batch: CommittedBatch, changes: Change[]): void;
  /** Makes room in the change log. */
  makePartitions(): Promise<void>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** All operations that arrive while a commit is in flight form the next one: one round trip and one fsync for all of them. */
export class GroupCommit {
  private queue: Waiting[] = [];
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly options: GroupCommitOptions) {}

  write(operation: WriteOperation): Promise<WriteOutcome> {
    if (this.closed) return Promise.reject(serviceUnavailable('the truth store is closed'));
    if (this.queue.length >= this.options.limits.maxQueued) {
      return Promise.reject(serviceUnavailable('too many writes are waiting for the truth store (Postgres)'));
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ operation, deadline: Date.now() + this.options.limits.patienceMs, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** What waits is still written; then nothing more is taken. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private async run(): Promise<void> {
    // Requests that came in with the same turn of the event loop join the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) {
      const batch = this.take();
      try {
        await this.commit(batch);
      } catch (error) {
        // Never leave a writer without an answer, whatever broke.
        for (const waiting of batch) waiting.reject(toApiError(error));
      }
    }
    this.running = undefined;
  }

  private take(): Waiting[] {
    const { maxBatch, maxBatchBytes } = this.options.limits;
    let count = 0;
    let bytes = 0;
    while (count < this.queue.length && count < maxBatch) {
      bytes += this.queue[count]?.operation.body.length ?? 0;
      if (count > 0 && bytes > maxBatchBytes) break;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  /** Sees a batch through to an answer for each of its writers. */
  private async commit(batch: Waiting[]): Promise<void> {
    const { connection } = this.options;
    let open = [...batch];
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt > 0) await pause(Math.min(20 * 2 ** attempt, 500));
      let sent = false;
      try {
        // An earlier batch whose writers were answered "unknown" still has to be fenced off.
        if (connection.unresolved) await this.resolveEarlier();
        sent = true;
        this.answer(open, await connection.commit(open.map((waiting) => waiting.operation)));
        return;
      } catch (error) {
        if (sent && connection.unresolved && !isDefiniteFailure(error)) {
          const outcome = await this.resolveLost(open, error);
          if (outcome !== 'not committed') return;
          continue;
        }
        // Only what was said of this batch frees its number: an earlier one is as open as before.
        if (sent) await this.prepareRetry(error, open);
        else await connection.disconnect();
        open = this.rejectOverdue(open, error);
      }
    }
  }

  /** Throws when a retry cannot help. */
  private async prepareRetry(error: unknown, open: Waiting[]): Promise<void> {
    const { connection } = this.options;
    if (!isDefiniteFailure(error)) return connection.disconnect();
    connection.failed();
    if (isMissingPartition(error)) return this.options.makePartitions();
    if (isGivenUp(error)) return connection.forgetRegistration();
    // A new connection may reach the server that took over.
    if (isPassing(error)) return connection.disconnect();
    if (open.length === 1) throw error;
    // One poisonous operation (say a NUL in a name) must not fail its neighbours.
    for (const waiting of open.splice(0)) {
      await this.commit([waiting]).catch((cause: unknown) => waiting.reject(toApiError(cause)));
    }
  }

  /** The connection broke with the batch in flight. Postgres knows; ask until it answers or patience ends. */
  private async resolveLost(open: readonly Waiting[], cause: unknown): Promise<'answered' | 'not committed'> {
    const deadline = Math.max(...open.map((waiting) => waiting.deadline));
    for (let attempt = 1; ; attempt += 1) {
      try {
        const committed = await this.options.connection.resolve();
        if (!committed) return 'not committed';
        this.answer(open, committed);
        return 'answered';
      } catch (error) {
        if (Date.now() >= deadline) {
          for (const waiting of open) waiting.reject(outcomeUnknown(error ?? cause));
          return 'answered';
        }
        await pause(Math.min(20 * 2 ** attempt, 500));
      }
    }
  }

  private async resolveEarlier(): Promise<void> {
    // Its writers have gone; if it did commit, readers find it in the change log.
    await this.options.connection.resolve();
  }

  private rejectOverdue(open: readonly Waiting[], error: unknown): Waiting[] {
    const now = Date.now();
    // Not sent or rolled back, so "unavailable" is the truth: nothing was changed. Those behind in the queue are as old.
    const overdue = (waiting: Waiting): boolean => {
      if (waiting.deadline > now) return false;
      waiting.reject(toApiError(error));
      return true;
    };
    this.queue = this.queue.filter((waiting) => !overdue(waiting));
    return open.filter((waiting) => !overdue(waiting));
  }

  private answer(batch: readonly Waiting[], committed: CommittedBatch): void {
    const outcomes = batch.map(({ operation }, index) => outcomeOf(operation, committed, index));
    this.options.committed(
      committed,
      outcomes.flatMap((outcome) => (outcome.ok ? outcome.change : [])),
    );
    batch.forEach((waiting, index) => waiting.resolve(outcomes[index]!));
  }
}

const changeTypes = { create: 'ADDED', update: 'MODIFIED', delete: 'DELETED' } as const;

function outcomeOf(operation: WriteOperation, committed: CommittedBatch, index: number): WriteOutcome {
  const result = committed.results[index] ?? 0;
  if (result > 0) {
    const { resource, namespace, name, body } = operation;
    const uid = committed.uids[index] ?? '';
    const change = { revision: result, type: changeTypes[operation.type], resource, namespace, name, uid, body };
    return { ok: true, revision: result, change };
  }
  if (result === 0) return { ok: false, reason: 'notFound' };
  return { ok: false, reason: operation.type === 'create' ? 'exists' : 'conflict', revision: -result };
}
