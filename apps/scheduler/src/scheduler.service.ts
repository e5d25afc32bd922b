import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { goDurationMs, type Pod, type PodDisruptionBudget } from '@nestor/api';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  LeaderElector,
  Lister,
  ResourceClient,
  refs,
  waitForSync,
} from '@nestor/client';
import {
  Extender,
  ExtenderCycle,
  KubeSchedulerConfiguration,
  PluginRegistry,
  PostBinding,
  Scheduler,
  buildProfile,
  defaultPluginsIn,
  defaultRegistry,
  inOrder,
} from '@nestor/scheduling';
import { createLogger, health } from '@nestor/telemetry';
import { DefaultSelector } from './default-selector';
import { claimWrites, followDevices } from './device-informers';
import { pluginsFound } from './plugin-factory.decorator';
import { catchUp } from './catch-up';
import { postBinding } from './pod-binder';
import { PodGroupStatus } from './pod-group-status';
import { Preemptor } from './preemptor';
import { effectiveConfiguration } from './scheduler-configuration';
import { SchedulerConfig } from './scheduler.config';
import { SchedulerMetrics } from './scheduler-metrics';
import { SchedulingObserver } from './scheduling-observer';
import { ServedInformers } from './served-informers';
import { followStorage, volumeWrites } from './storage-informers';

/** Feeds the scheduler from informers and lets it work while this process leads. */
@Injectable()
export class SchedulerService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = createLogger('scheduler');
  private readonly stopping = new AbortController();
  private readonly configuration: KubeSchedulerConfiguration;
  private readonly metrics = new SchedulerMetrics();
  private readonly registry: PluginRegistry;
  private readonly extenders: Extender[] = [];
  private readonly served: ServedInformers;
  private readonly defaultSelector = new DefaultSelector();
  private budgets: Lister<PodDisruptionBudget> | undefined;
  private scheduler: Scheduler | undefined;
  private leading: Promise<void> = Promise.resolve();
  private synced = false;
  private elector: LeaderElector | undefined;

  constructor(
    private readonly config: SchedulerConfig,
    private readonly client: KubernetesClient,
    private readonly informers: InformerFactory,
    private readonly events: EventRecorder,
    private readonly discovery: DiscoveryService,
  ) {
    this.served = new ServedInformers(client, informers);
    const pods = client.resource(refs.pods);
    const preemption = new Preemptor({
      pods,
      events,
      budgets: () => this.budgets?.list() ?? [],
      extenders: this.extenders,
      metrics: this.metrics,
      log: this.log,
    });
    const bind = binderOf(pods, this.extenders);
    this.registry = defaultRegistry({
      postBinding: bind,
      preemption,
      volumes: volumeWrites(client),
      claims: claimWrites(client, this.log),
      defaultSelector: this.defaultSelector.of,
    });
    this.configuration = effectiveConfiguration(config, defaultPluginsIn(this.registry));
    this.extenders.push(...inOrder(this.configuration.extenders.map((extender) => new Extender(extender))));
    health.addReadyCheck('informer-sync', () => {
      if (!this.synced) throw new Error('the first lists of pods and nodes are not there yet');
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const scheduler = this.makeScheduler();
    this.scheduler = scheduler;
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
    const { claims, volumes } = followStorage(scheduler, this.informers, this.served);
    // The process is up before the API server is: it waits for its first lists in the background.
    this.followOptional(scheduler);
    this.leading = this.run(scheduler, async () => {
      await waitForSync(nodes, namespaces, pods, claims, volumes);
      await this.served.start();
    });
    await Promise.resolve();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.scheduler?.stop();
    for (const extender of this.extenders) extender.close();
    await this.leading;
  }

  /** Kinds that this API server may not serve. */
  private followOptional(scheduler: Scheduler): void {
    this.defaultSelector.follow(this.served);
    followDevices(scheduler, this.served);
    this.served.when(refs.podDisruptionBudgets, (informer) => (this.budgets = informer.lister));
    this.served.when(refs.podGroups, (informer) =>
      informer.addHandlers({
        added: (group) => scheduler.setPodGroup(group),
        updated: (group) => scheduler.setPodGroup(group),
        deleted: (group) => scheduler.podGroups.removeGroup(group),
      }),
    );
  }

  /** At bootstrap all modules are there, also those that bring plugins. */
  private makeScheduler(): Scheduler {
    const { configuration, client, metrics, extenders } = this;
    const registry = new Map([...this.registry, ...pluginsFound(this.discovery)]);
    const scheduler = new Scheduler({
      profiles: (handle) => configuration.profiles.map((profile) => buildProfile(profile, registry, handle)),
      observer: new SchedulingObserver(
        client.resource(refs.pods),
        this.events,
        new PodGroupStatus(client.resource(refs.podGroups), this.log),
        metrics,
        this.log,
      ),
      percentageOfNodesToScore: configuration.percentageOfNodesToScore,
      maxBindings: this.config.maxBindings,
      extenders: extenders.length > 0 ? new ExtenderCycle(extenders) : undefined,
      mayAct: () => this.elector?.mayAct ?? true,
      clock: metrics.clock,
      queue: {
        initialBackoffMs: configuration.podInitialBackoffSeconds * 1000,
        maxBackoffMs: configuration.podMaxBackoffSeconds * 1000,
        onIncoming: (queue, event) => metrics.entered(queue, event),
      },
    });
    metrics.follow(scheduler);
    return scheduler;
  }

  private async run(scheduler: Scheduler, sync: () => Promise<void>): Promise<void> {
    const lead = (signal: AbortSignal) => this.lead(scheduler, signal);
    try {
      await sync();
      this.synced = true;
      this.log.info('informers synced');
      await (this.configuration.leaderElection.leaderElect ? this.leadInTerms(lead) : lead(this.stopping.signal));
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      throw error;
    }
  }

  private async leadInTerms(lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { leaderElection } = this.configuration;
    const elector = (this.elector = new LeaderElector({
      leases: this.client.unfenced(refs.leases),
      namespace: leaderElection.resourceNamespace,
      name: leaderElection.resourceName,
      identity: `${hostname()}_${randomUUID()}`,
      leaseDurationMs: goDurationMs(leaderElection.leaseDuration),
      renewDeadlineMs: goDurationMs(leaderElection.renewDeadline),
      retryPeriodMs: goDurationMs(leaderElection.retryPeriod),
    }));
    this.client.fence(() => elector.mayAct);
    while (!this.stopping.signal.aborted) await elector.term(this.stopping.signal, lead);
  }

  private async lead(scheduler: Scheduler, signal: AbortSignal): Promise<void> {
    await catchUp(scheduler, this.client.resource(refs.pods), this.informers.informer(refs.pods), signal);
    if (!signal.aborted) scheduler.start();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    scheduler.pause();
  }
}

/** An extender that binds takes the pods it is interested in; the others go to the API server. */
function binderOf(pods: ResourceClient<Pod>, extenders: readonly Extender[]): PostBinding {
  const post = postBinding(pods);
  return async (pod, node, signal) => {
    for (const extender of extenders) {
      if (!extender.binds || !extender.isInterestedIn(pod)) continue;
      try {
        return await extender.bind(pod, node);
      } catch (error) {
        if (!extender.isIgnorable) throw error;
      }
    }
    return post(pod, node, signal);
  };
}
