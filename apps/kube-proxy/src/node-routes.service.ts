import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Node } from '@nestor/api';
import { type Informer, InformerFactory, refs } from '@nestor/client';
import { nodeRoutes, RouteTable, type RouteProblem } from '@nestor/proxy';
import { createLogger } from '@nestor/telemetry';
import { KubeProxyConfig } from './kube-proxy.config';

/** What cannot be routed is tried again so often: the network may have changed. */
const retryMs = 30_000;

/** `--node-routes`: pods of this node reach those of the others, as long as the nodes are on one network. */
@Injectable()
export class NodeRoutesService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = createLogger('node-routes');
  private readonly table = new RouteTable();
  private nodes: Informer<Node> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private turn = Promise.resolve();
  private applied = '';
  private said = '';

  constructor(
    private readonly config: KubeProxyConfig,
    private readonly informers: InformerFactory,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.nodeRoutes) return;
    const nodes = this.informers.informer(refs.nodes);
    this.nodes = nodes;
    const changed = (): void => this.trigger();
    // The process is up before the API server is; routes follow the first list.
    nodes
      .start()
      .then(() => {
        nodes.addHandlers({ added: changed, updated: changed, deleted: changed });
        this.timer = setInterval(() => this.again(), retryMs).unref();
        changed();
      })
      .catch((error: Error) => this.log.error({ error: error.message }, 'the first list of nodes failed'));
  }

  /** The routes stay: pods go on while a new process takes over. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.turn;
  }

  private again(): void {
    this.applied = '';
    this.trigger();
  }

  private trigger(): void {
    this.turn = this.turn
      .then(() => this.sync())
      .catch((error: Error) => this.log.error({ error: error.message }, 'routes not written'));
  }

  /** Most changes of a node are heartbeats, after which the same routes are wanted. */
  private async sync(): Promise<void> {
    const wanted = nodeRoutes(this.nodes?.lister.list() ?? [], this.config.nodeName);
    const key = JSON.stringify([...wanted].sort());
    if (key === this.applied) return;
    const problems = await this.table.apply(wanted);
    this.applied = key;
    this.say(problems);
  }

  /** Once, not at each attempt. */
  private say(problems: readonly RouteProblem[]): void {
    const text = JSON.stringify(problems);
    if (text === this.said) return;
    this.said = text;
    for (const problem of problems) this.log.warn(problem, 'pods of a node cannot be reached');
  }
}
