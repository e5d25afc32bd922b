import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable, OnApplicationBootstrap, OnApplicationShutdown, Optional } from '@nestjs/common';
import { EventRecorder, InformerFactory, KubernetesClient, LeaderElector, refs, waitForSync } from '@nestor/client';
import { Profile, Scheduler, WeightedPlugin, defaultPlugins } from '@nestor/scheduling';
import { createLogger, health } from '@nestor/telemetry';
import { SchedulerConfig } from './scheduler.config';
import { SchedulerMetrics } from './scheduler-metrics';
import { SchedulingObserver } from './scheduling-observer';

/** Out-of-tree plugins: provide an array of WeightedPlugin under this token and they join the default ones. */
export const EXTRA_PLUGINS = Symbol('nestor.scheduler.plugins');

/** Feeds the scheduler from informers and lets it work while this process leads. */
@Injectable()
export class SchedulerService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = createLogger('scheduler');
  private readonly stopping = new AbortController();
  private readonly scheduler: Scheduler;
  private leading: Promise<void> = Promise.resolve();
  private synced = false;

  constructor(
    private readonly config: SchedulerConfig,
    private readonly client: KubernetesClient,
    private readonly informers: InformerFactory,
    events: EventRecorder,
    @Optional() @Inject(EXTRA_PLUGINS) extra: readonly WeightedPlugin[] = [],
  ) {
    const pods = client.resource(refs.pods);
    const metrics = new SchedulerMetrics();
    const plugins = defaultPlugins(async ({ pod }, node) => {
      const { name, namespace, uid } = pod.metadata;
      const binding = {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: node },
      };
      await pods.createSubresource(name ?? '', namespace, 'binding', binding);
    });
    this.scheduler = new Scheduler({
      profiles: [new Profile(config.schedulerName, [...plugins, ...extra])],
      observer: new SchedulingObserver(pods, events, metrics, this.log),
      percentageOfNodesToScore: config.percentageOfNodesToScore,
      maxBindings: config.maxBindings,
    });
    metrics.follow(this.scheduler);
    health.addReadyCheck('informer-sync', () => {
      if (!this.synced) throw new Error('the first lists of pods and nodes are not there yet');
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { scheduler } = this;
    const nodes = this.informers.informer(refs.nodes);
    const pods = this.informers.informer(refs.pods);
    const namespaces = this.informers.informer(refs.namespaces);
    nodes.addHandlers({
      added: (node) => scheduler.setNode(node),
      updated: (node) => scheduler.setNode(node),
      deleted: (node) => scheduler.removeNode(node.metadata.name ?? ''),
    });
    namespaces.addHandlers({
      added: ({ metadata }) => scheduler.cache.view.setNamespace(metadata.name ?? '', metadata.labels ?? {}),
      updated: ({ metadata }) => scheduler.cache.view.setNamespace(metadata.name ?? '', metadata.labels ?? {}),
      deleted: ({ metadata }) => scheduler.cache.view.setNamespace(metadata.name ?? '', undefined),
    });
    pods.addHandlers({
      added: (pod) => scheduler.setPod(pod),
      updated: (pod) => scheduler.setPod(pod),
      deleted: (pod) => scheduler.removePod(pod.metadata.uid ?? ''),
    });
    // The process is up before the API server is: it waits for its first lists in the background.
    this.leading = this.run(() => waitForSync(nodes, namespaces, pods));
    await Promise.resolve();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.scheduler.stop();
    await this.leading;
  }

  private async run(sync: () => Promise<void>): Promise<void> {
    try {
      await sync();
      this.synced = true;
      this.log.info('informers synced');
      await (this.config.leaderElect ? this.leadInTerms() : this.lead(this.stopping.signal));
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      throw error;
    }
  }

  private async leadInTerms(): Promise<void> {
    const elector = new LeaderElector({
      leases: this.client.resource(refs.leases),
      namespace: this.config.leaderElectNamespace,
      name: this.config.leaderElectName,
      identity: `${hostname()}_${randomUUID()}`,
    });
    while (!this.stopping.signal.aborted) await elector.term(this.stopping.signal, (signal) => this.lead(signal));
  }

  private async lead(signal: AbortSignal): Promise<void> {
    this.scheduler.start();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.scheduler.pause();
  }
}
