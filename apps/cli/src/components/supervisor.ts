import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@nestor/telemetry';
import type { ComponentState } from '../cluster/cluster-state';
import { identify } from '../cluster/cluster-state';
import type { Component, Running } from './component';

const log = createLogger('supervisor');
const firstDelayMs = 250;
const longestDelayMs = 10_000;
/** One that ran for this long is sound; its next end starts the delays anew. */
const soundAfterMs = 15_000;

interface Supervised {
  component: Component;
  running?: Running;
  restarts: number;
  since: number;
  loop?: Promise<void>;
}

/** Keeps components running: what ends is started again, after a delay that grows while it keeps ending. */
export class Supervisor {
  private readonly supervised: Supervised[] = [];
  private readonly stopping = new AbortController();

  constructor(private readonly onChange: (components: Record<string, ComponentState>) => void) {}

  /** Resolves when the component is up for the first time; a failure then is the caller's. */
  async start(component: Component): Promise<void> {
    const entry: Supervised = { component, restarts: 0, since: Date.now() };
    this.supervised.push(entry);
    entry.running = await component.start();
    entry.since = Date.now();
    this.changed();
    entry.loop = this.keepRunning(entry);
  }

  /** The last one started goes first: each can still reach what it depends on while it ends. */
  async stop(between?: (stopped: string) => Promise<void>): Promise<void> {
    this.stopping.abort();
    for (const { component, running, loop } of this.supervised.reverse()) {
      try {
        await running?.stop();
      } catch (error) {
        log.warn({ component: component.name, error }, 'did not stop in order');
      }
      await loop;
      await between?.(component.name);
    }
  }

  private async keepRunning(entry: Supervised): Promise<void> {
    const { name } = entry.component;
    let delay = firstDelayMs;
    while (!this.stopping.signal.aborted) {
      const how = await entry.running?.exited;
      entry.running = undefined;
      if (this.stopping.signal.aborted) return;
      if (Date.now() - entry.since > soundAfterMs) delay = firstDelayMs;
      log.warn({ name, how, delayMs: delay }, 'ended; starting it again');
      await sleep(delay, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      delay = Math.min(delay * 2, longestDelayMs);
      if (this.stopping.signal.aborted) return;
      entry.restarts++;
      await this.startAgain(entry);
    }
  }

  private async startAgain(entry: Supervised): Promise<void> {
    try {
      entry.running = await entry.component.start();
      entry.since = Date.now();
      // Told to stop meanwhile: stop() saw nothing to end.
      if (this.stopping.signal.aborted) await entry.running.stop();
      this.changed();
    } catch (error) {
      log.error({ name: entry.component.name, problem: (error as Error).message }, 'could not be started');
    }
  }

  private changed(): void {
    const components: Record<string, ComponentState> = {};
    for (const { component, running, restarts, since } of this.supervised) {
      // A part of this process is no process to be ended later.
      if (!running || running.pid === process.pid) continue;
      components[component.name] = { ...identify(running.pid), restarts, since: new Date(since).toISOString() };
    }
    this.onChange(components);
  }
}
