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
      this.elector = new LeaderElector({ leases: this.client.resource(refs.leases), identity, ...leaderElection });
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
      if (!isEnabled(options.name, this.options.controllers)) {
        log.info({ controller: options.name }, 'controller is disabled');
        continue;
      }
      runners.push(new ControllerRunner(instance as ReconcilesObjects, options, this.client, this.informers));
    }
    return runners;
  }

  private async run(runners: ControllerRunner[]): Promise<void> {
    const { signal } = this.stopping;
    const ready = await this.prepare(runners, signal);
    const lead = async (term: AbortSignal): Promise<void> => {
      log.info({ controllers: ready.map((runner) => runner.options.name) }, 'controllers run');
      await Promise.all(ready.map((runner) => runner.run(term)));
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

  /** The API server may come up after us, and a custom resource's definition later still. */
  private async prepare(runners: ControllerRunner[], signal: AbortSignal): Promise<ControllerRunner[]> {
    for (const runner of runners) {
      while (!signal.aborted) {
        try {
          await runner.prepare();
          break;
        } catch (error) {
          log.warn({ controller: runner.options.name, error: String(error) }, 'controller cannot start yet');
          await pause(1000, signal);
        }
      }
    }
    const synced = this.informers.start().then(() => (this.synced = true));
    await Promise.race([synced, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
    return runners;
  }
}
