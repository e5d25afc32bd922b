import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EventRecorder, InformerFactory, KubernetesClient, refs } from '@nestor/client';
import { NodeAgent, PodStatusWriter, referencedObjects, type SharedServices } from '@nestor/node';
import { createLogger, health, metrics } from '@nestor/telemetry';
import { KubeletAuth } from './auth/kubelet-auth';
import { reviewsBy } from './auth/reviews';
import { KubeletCertificates } from './certificates/kubelet-certificates';
import { KubeletConfig } from './kubelet.config';
import { nodeOptions } from './nodes/node-options';
import { KubeletServer } from './server/kubelet-server';

const retryMs = 1000;
/** Registrations under way at once: a thousand simulated nodes must not open a thousand requests. */
const startConcurrency = 20;

/** Hosts the nodes of this process and the API that the API server proxies to. */
@Injectable()
export class KubeletService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = createLogger('kubelet');
  private agents: NodeAgent[] = [];
  private certificates: KubeletCertificates | undefined;
  private server: KubeletServer | undefined;
  private starting: Promise<void> | undefined;
  private stopped = false;
  private registered = 0;

  constructor(
    private readonly config: KubeletConfig,
    private readonly client: KubernetesClient,
    private readonly informers: InformerFactory,
    private readonly events: EventRecorder,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const isSimulated = this.config.runtime === 'sim';
    const shared: SharedServices = {
      client: this.client,
      informers: this.informers,
      events: this.events,
      status: new PodStatusWriter(this.client.resource(refs.pods)),
      objects: referencedObjects(this.client, isSimulated ? 60_000 : undefined),
    };
    this.agents = (await nodeOptions(this.config)).map((options) => new NodeAgent(options, shared));
    const addresses = () => this.agents[0]?.reporter.current?.status?.addresses ?? [];
    this.certificates = await KubeletCertificates.open({ config: this.config, client: this.client, addresses });
    this.server = this.createServer(this.certificates);
    await this.server.listen();
    this.certificates.start();
    this.observe();
    // The process is up before the API server may be; the nodes follow.
    this.starting = this.startAll();
    this.starting.catch((error: Error) => this.log.error({ error: error.message }, 'nodes not started'));
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.server?.close();
    await this.certificates?.stop();
    await this.starting?.catch(() => undefined); // Logged where it was started.
    const removePods = this.config.stopPodsOnExit;
    await Promise.all(this.agents.map((agent) => agent.stop({ removePods })));
    for (const agent of this.agents) agent.options.runtime.close();
  }

  private createServer(certificates: KubeletCertificates): KubeletServer {
    const { config, agents, client } = this;
    const auth = new KubeletAuth(config, reviewsBy(client), certificates.tls.ca);
    return new KubeletServer({ config, agents, certificates, auth });
  }

  private observe(): void {
    health.addReadyCheck('nodes', () => {
      if (this.registered < this.agents.length) {
        throw new Error(`${this.registered} of ${this.agents.length} nodes are registered`);
      }
    });
    const gauge = metrics.gauge('kubelet_running_pods', 'Pods that have a worker');
    setInterval(() => gauge.set(this.agents.reduce((sum, { pool }) => sum + pool.all.length, 0)), 5000).unref();
  }

  private async startAll(): Promise<void> {
    const waiting = [...this.agents];
    const lane = async () => {
      for (let agent = waiting.shift(); agent; agent = waiting.shift()) await this.startAgent(agent);
    };
    await Promise.all(Array.from({ length: Math.min(startConcurrency, waiting.length) }, lane));
    if (!this.stopped) this.log.info({ nodes: this.agents.length }, 'nodes registered');
  }

  private async startAgent(agent: NodeAgent): Promise<void> {
    while (!this.stopped) {
      try {
        await agent.start();
        this.registered++;
        return;
      } catch (error) {
        const { nodeName } = agent.options;
        this.log.warn({ object: nodeName, error: (error as Error).message }, 'node not started, trying again');
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }
}
