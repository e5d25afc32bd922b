import { setMaxListeners } from 'node:events';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { InformerFactory, KubernetesClient, LeaderElector, pause, refs } from '@nestor/client';
import { createLogger, health } from '@nestor/telemetry';
import type { ReconcilesObjects } from '../reconciler/reconciler';
import { reconcilerOptions } from '../reconciler/reconciler.decorator';
import { CONTROLLER_KIT_OPTIONS, isEnabled, type ControllerKitOptions } from './controller-options';
import { ControllerRunner } from './controller-runner';

const log = createLogger('controllers');

/** Finds every @Reconciler provider of the application and runs the enabled ones while this process leads. */
@Injectable()
export class ControllerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private elector: LeaderElector | undefined;
  private synced = false;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly client: KubernetesClient,
    private readonly informers: InformerFactory,
    @Inject(CONTROLLER_KIT_OPTIONS) private readonly options: ControllerKitOptions,
  ) {}

  onApplicationBootstrap(): void {
    const runners = this.findControllers();
    const { leaderElection } = this.options;
    if (leaderElection) {
      const identity = `${hostname()}_${randomUUID()}`;
      const elector = new LeaderElector({ leases: this.client.unfenced(refs.leases), identity, ...leaderElection });
      this.client.fence(() => elector.mayAct);
      this.elector = elector;
    }
    health.addReadyCheck('informer-sync', () => {
      if (!this.synced) throw new Error('informers are not synced');
    });
    this.running = this.run(runners);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  get isLeader(): boolean {
    return this.elector?.isLeader ?? true;
  }

  private findControllers(): ControllerRunner[] {
    const runners: ControllerRunner[] = [];
    for (const { instance, metatype } of this.discovery.getProviders()) {
      const options = metatype && reconcilerOptions(metatype);
      if (!options || !instance) continue;
      if (!isEnabled(options.name, this.options.controllers, options.onByDefault)) {
        log.info({ controller: options.name }, 'controller is disabled');
        continue;
      }
      runners.push(new ControllerRunner(instance as ReconcilesObjects, options, this.client, this.informers));
    }
    return runners;
  }

  private async run(runners: ControllerRunner[]): Promise<void> {
    const { signal } = this.stopping;
    const prepared = new Map(runners.map((runner) => [runner, this.prepare(runner, signal)]));
    void this.followSync([...prepared.values()]);
    const lead = async (term: AbortSignal): Promise<void> => {
      // Every controller listens on it; Node takes more than ten for a leak.
      setMaxListeners(0, term);
      log.info({ controllers: runners.map((runner) => runner.options.name) }, 'controllers run');
      // A term lasts until it is ended, also where there is nothing to run.
      await Promise.all([aborted(term), ...runners.map((each) => this.runPrepared(each, prepared.get(each), term))]);
    };
    while (!signal.aborted) {
      try {
        if (this.elector) await this.elector.term(signal, lead);
        else await lead(signal);
      } catch (error) {
        log.error({ error: String(error) }, 'a term ended with an error');
        await pause(1000, signal);
      }
    }
  }

  /** A controller whose kind is not served yet joins when it is; the others do not wait for it. */
  private async runPrepared(
    runner: ControllerRunner,
    prepared: Promise<void> | undefined,
    term: AbortSignal,
  ): Promise<void> {
    await Promise.race([prepared, aborted(term)]);
    if (!term.aborted) await runner.run(term);
  }

  private async followSync(prepared: Promise<void>[]): Promise<void> {
    if (prepared.length > 0) await Promise.race(prepared);
    await this.informers.start();
    this.synced = true;
  }

  /** The API server may come up after us, and a custom resource's definition later still. */
  private async prepare(runner: ControllerRunner, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        return await runner.prepare();
      } catch (error) {
        const level = attempt === 0 ? 'warn' : 'debug';
        log[level]({ controller: runner.options.name, error: String(error) }, 'controller cannot start yet');
        await pause(1000, signal);
      }
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
