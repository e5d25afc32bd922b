import type { Container, DeepReadonly, Probe } from '@nestor/api';
import type { ProbeRunner, ProbeTarget } from './probe-runner';

type ProbeKind = 'startup' | 'liveness' | 'readiness';

export interface ContainerProbesOptions {
  target: ProbeTarget;
  /** Milliseconds since the epoch. */
  startedAt: number;
  runner: ProbeRunner;
  /** What the API said before this kubelet looked: a container adopted as ready stays ready until a probe fails. */
  wasReady: boolean;
  wasStarted: boolean;
  changed(): void;
  unhealthy(message: string): void;
}

/** The three probes of one running container. */
export class ContainerProbes {
  started: boolean;
  ready: boolean;
  /** The probe that has given up on the container. */
  failed: 'liveness' | 'startup' | undefined;
  private readonly timers = new Map<ProbeKind, NodeJS.Timeout>();
  private stopped = false;

  constructor(
    private readonly container: DeepReadonly<Container>,
    private readonly options: ContainerProbesOptions,
  ) {
    this.started = !container.startupProbe || options.wasStarted;
    this.ready = !container.readinessProbe || options.wasReady;
    if (this.started) this.startRegular();
    else this.begin('startup', container.startupProbe);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private startRegular(): void {
    this.begin('liveness', this.container.livenessProbe);
    this.begin('readiness', this.container.readinessProbe);
  }

  private begin(kind: ProbeKind, probe: DeepReadonly<Probe> | undefined): void {
    if (!probe) return;
    const due = this.options.startedAt + (probe.initialDelaySeconds ?? 0) * 1000 - Date.now();
    this.schedule(kind, probe, { delayMs: Math.max(0, due), streak: 0, last: undefined });
  }

  private schedule(
    kind: ProbeKind,
    probe: DeepReadonly<Probe>,
    state: { delayMs: number; streak: number; last: boolean | undefined },
  ): void {
    if (this.stopped) return;
    this.timers.set(kind, setTimeout(() => void this.tick(kind, probe, state), state.delayMs).unref());
  }

  private async tick(
    kind: ProbeKind,
    probe: DeepReadonly<Probe>,
    state: { streak: number; last: boolean | undefined },
  ): Promise<void> {
    const { ok, output } = await this.options.runner.run(probe, this.options.target);
    if (this.stopped) return;
    if (!ok) this.options.unhealthy(`${kind[0]?.toUpperCase()}${kind.slice(1)} probe failed: ${output}`);
    const streak = state.last === ok ? state.streak + 1 : 1;
    const threshold = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (streak >= threshold && this.decide(kind, ok)) return;
    this.schedule(kind, probe, { delayMs: (probe.periodSeconds ?? 10) * 1000, streak, last: ok });
  }

  /** Takes a result that has reached its threshold. True when this probe has nothing more to find out. */
  private decide(kind: ProbeKind, ok: boolean): boolean {
    if (kind === 'readiness') {
      const changed = this.ready !== ok;
      this.ready = ok;
      if (changed) this.options.changed();
      return false;
    }
    if (ok && kind === 'liveness') return false;
    if (ok) {
      this.started = true;
      this.startRegular();
    } else this.failed = kind;
    this.options.changed();
    return true;
  }
}
