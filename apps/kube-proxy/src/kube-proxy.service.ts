import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { ApiObject, Node } from '@nestor/api';
import { type Informer, InformerFactory, refs, waitForSync } from '@nestor/client';
import { Proxier, type ProxyBackend, buildState } from '@nestor/proxy';
import { createLogger, health } from '@nestor/telemetry';
import { KubeProxyConfig } from './kube-proxy.config';
import { NodeHealthServer } from './node-health-server';
import { PROXY_BACKEND } from './node-readiness';
import { ProxyMetrics } from './proxy-metrics';

/** Keeps the node's rules at what the Services and EndpointSlices of the cluster say. */
@Injectable()
export class KubeProxyService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = createLogger('kube-proxy');
  private readonly metrics = new ProxyMetrics();
  private proxier: Proxier | undefined;
  private healthServer: NodeHealthServer | undefined;
  private rulesInPlace = false;
  private stopped = false;

  constructor(
    private readonly config: KubeProxyConfig,
    private readonly informers: InformerFactory,
    @Inject(PROXY_BACKEND) private readonly backend: ProxyBackend | undefined,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.backend) {
      this.log.info({ mode: 'none' }, 'proxy mode none: service IPs are left to others');
      return;
    }
    const proxier = this.openProxier(this.backend);
    this.proxier = proxier;
    health.addReadyCheck('rules', () => {
      if (!this.rulesInPlace) throw new Error('no rules have been written yet');
    });
    await this.serveNodeHealth(proxier);
    // The process is up before the API server is; rules follow the first lists.
    void this.follow(proxier);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    // The rules stay: connections go on while a new process takes over.
    await this.proxier?.stop();
    await this.healthServer?.close();
  }

  private openProxier(backend: ProxyBackend): Proxier {
    const services = this.informers.informer(refs.services).lister;
    const slices = this.informers.informer(refs.endpointSlices).lister;
    return new Proxier({
      backend,
      state: () => buildState(services.list(), slices.list(), { name: this.config.nodeName, zone: this.zone() }),
      minSyncPeriodMs: this.config.minSyncPeriodMs,
      syncPeriodMs: this.config.syncPeriodSeconds * 1000,
      onSync: (sync) => {
        this.rulesInPlace = true;
        this.metrics.synced(sync);
        if (sync.changed)
          this.log.debug({ seconds: sync.seconds, full: sync.full, rules: sync.rules }, 'rules written');
      },
      onError: (error) => {
        this.metrics.failed();
        this.log.error({ error }, 'the rules could not be written; trying again');
      },
    });
  }

  private async follow(proxier: Proxier): Promise<void> {
    const services = this.informers.informer(refs.services);
    const slices = this.informers.informer(refs.endpointSlices);
    try {
      await waitForSync(services, slices, this.node());
    } catch (error) {
      if (!this.stopped) this.log.error({ error }, 'the first lists of services, endpoint slices and the node failed');
      return;
    }
    if (this.stopped) return;
    // From here on only: rules made of half a list would cut connections.
    this.onEveryChange(services, () => this.changed(proxier, 'service'));
    this.onEveryChange(slices, () => this.changed(proxier, 'endpoint'));
    this.onEveryZone((zone) => {
      this.log.info({ zone }, 'the zone of the node changed');
      proxier.trigger();
    });
    this.log.info({ mode: this.backend?.mode }, 'services and endpoint slices synced');
    proxier.trigger();
  }

  /** This node alone: hints of endpoints are read by its zone. */
  private node(): Informer<Node> {
    return this.informers.informer(refs.nodes, { fieldSelector: `metadata.name=${this.config.nodeName}` });
  }

  private zone(): string | undefined {
    return this.node().lister.get('', this.config.nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'];
  }

  /** Most changes of a node are heartbeats. */
  private onEveryZone(run: (zone: string | undefined) => void): void {
    let last = this.zone();
    const look = (): void => {
      const zone = this.zone();
      if (zone === last) return;
      last = zone;
      run(zone);
    };
    this.node().addHandlers({ added: look, updated: look, deleted: look });
  }

  private changed(proxier: Proxier, what: 'service' | 'endpoint'): void {
    this.metrics.changed(what);
    proxier.trigger();
  }

  private onEveryChange<T extends ApiObject>(informer: Informer<T>, run: () => void): void {
    informer.addHandlers({ added: run, updated: run, deleted: run });
  }

  private async serveNodeHealth(proxier: Proxier): Promise<void> {
    const { healthzPort: port, healthzBindAddress: host, observabilityPort } = this.config;
    if (port === 0 || port === observabilityPort) return;
    const server = new NodeHealthServer((now) => proxier.healthAt(now));
    try {
      await server.listen(host, port);
      this.healthServer = server;
    } catch (error) {
      // As in kube-proxy: the node still routes without it.
      this.log.warn({ why: (error as Error).message }, 'the node health check is not served');
    }
  }
}
