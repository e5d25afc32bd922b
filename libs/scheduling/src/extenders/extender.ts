import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { goDurationMs, type DeepReadonly, type Node } from '@nestor/api';
import { serverNameOptions } from '@nestor/formats';
import type { ClusterView } from '../cache/cluster-view';
import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';
import type { ExtenderConfiguration, ExtenderTlsConfiguration } from '../config/kube-scheduler-configuration';
import { byImportance } from '../plugins/default-preemption/victims';
import type { Candidate } from '../plugins/default-preemption/pick-candidate';

const defaultTimeoutMs = 5000;

export interface ExtenderFilterOutcome {
  nodes: readonly NodeInfo[];
  /** Reasons by node; preemption may help the first, not the second. */
  failed: Readonly<Record<string, string>>;
  unresolvable: Readonly<Record<string, string>>;
}

interface FilterResult {
  nodes?: { items?: DeepReadonly<Node>[] } | null;
  nodenames?: string[] | null;
  failedNodes?: Record<string, string> | null;
  failedAndUnresolvableNodes?: Record<string, string> | null;
  error?: string;
}

interface MetaVictims {
  pods?: { uid: string }[];
  numPDBViolations?: number;
}

/** A webhook that has a say in scheduling (kube-scheduler's HTTPExtender, extender/v1 over JSON). */
export class Extender {
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly managed: ReadonlySet<string>;

  constructor(private readonly configuration: ExtenderConfiguration) {
    this.managed = new Set((configuration.managedResources ?? []).map(({ name }) => name));
    this.agent = this.isHttps
      ? new HttpsAgent({ keepAlive: true, ...tlsOptions(configuration.tlsConfig ?? {}) })
      : new HttpAgent({ keepAlive: true });
  }

  get name(): string {
    return this.configuration.urlPrefix;
  }

  get filters(): boolean {
    return Boolean(this.configuration.filterVerb);
  }

  get prioritizes(): boolean {
    return Boolean(this.configuration.prioritizeVerb);
  }

  get binds(): boolean {
    return Boolean(this.configuration.bindVerb);
  }

  get preempts(): boolean {
    return Boolean(this.configuration.preemptVerb);
  }

  /** When it fails it counts for nothing, instead of failing the attempt. */
  get isIgnorable(): boolean {
    return this.configuration.ignorable === true;
  }

  /** Pods that ask for one of its resources, or all pods when it manages none in particular. */
  isInterestedIn({ requests, pod }: PodInfo): boolean {
    if (this.managed.size === 0) return true;
    if ([...requests.scalars.keys()].some((name) => this.managed.has(name))) return true;
    const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
    return containers.some(({ resources }) =>
      Object.keys({ ...resources?.requests, ...resources?.limits }).some((name) => this.managed.has(name)),
    );
  }

  async filter(pod: PodInfo, nodes: readonly NodeInfo[]): Promise<ExtenderFilterOutcome> {
    try {
      const result = await this.send<FilterResult>(this.configuration.filterVerb, this.arguments(pod, nodes));
      if (result.error) throw new Error(result.error);
      const names = this.namesIn(result, nodes);
      return {
        nodes: nodes.filter(({ name }) => names.has(name)),
        failed: result.failedNodes ?? {},
        unresolvable: result.failedAndUnresolvableNodes ?? {},
      };
    } catch (error) {
      if (this.isIgnorable) return { nodes, failed: {}, unresolvable: {} };
      throw error;
    }
  }

  private namesIn({ nodes, nodenames }: FilterResult, asked: readonly NodeInfo[]): ReadonlySet<string> {
    if (!this.configuration.nodeCacheCapable || !nodenames)
      return new Set((nodes?.items ?? []).map(({ metadata }) => metadata.name ?? ''));
    const known = new Set(asked.map(({ name }) => name));
    const strange = nodenames.find((name) => !known.has(name));
    if (strange === undefined) return new Set(nodenames);
    throw new Error(
      `extender ${JSON.stringify(this.name)} claims a filtered node ${JSON.stringify(strange)} which is not found in the input node list`,
    );
  }

  /** An extender that fails to answer has no preference. */
  async prioritize(
    pod: PodInfo,
    nodes: readonly NodeInfo[],
  ): Promise<{ scores: ReadonlyMap<string, number>; weight: number }> {
    const weight = this.configuration.weight ?? 0;
    try {
      const list = await this.send<{ host: string; score: number }[]>(
        this.configuration.prioritizeVerb,
        this.arguments(pod, nodes),
      );
      return { scores: new Map(list.map(({ host, score }) => [host, score])), weight };
    } catch {
      return { scores: new Map(), weight };
    }
  }

  async bind({ pod }: PodInfo, node: string): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    const binding = { podName: name, podNamespace: namespace, podUID: uid, node };
    const result = await this.send<{ error?: string } | undefined>(this.configuration.bindVerb, binding);
    if (result?.error) throw new Error(result.error);
  }

  /** The nodes that it agrees to, with the victims that it names: any pods there, not only those it was asked about. */
  async reviewCandidates(
    pod: PodInfo,
    candidates: readonly Candidate[],
    cluster: ClusterView,
  ): Promise<readonly Candidate[]> {
    try {
      const answer = await this.askAbout(pod, candidates);
      return Object.entries(answer).flatMap(([node, named]) => this.agreed(node, named, cluster) ?? []);
    } catch (error) {
      if (this.isIgnorable) return candidates;
      throw error;
    }
  }

  private async askAbout(pod: PodInfo, candidates: readonly Candidate[]): Promise<Record<string, MetaVictims>> {
    const victims = Object.fromEntries(
      candidates.map(({ node, victims: { pods, budgetViolations } }) => [
        node,
        this.configuration.nodeCacheCapable
          ? { pods: pods.map(({ uid }) => ({ uid })), numPDBViolations: budgetViolations }
          : { pods: pods.map((victim) => victim.pod), numPDBViolations: budgetViolations },
      ]),
    );
    const key = this.configuration.nodeCacheCapable ? 'nodeNameToMetaVictims' : 'nodeNameToVictims';
    const result = await this.send<{ nodeNameToMetaVictims?: Record<string, MetaVictims> }>(
      this.configuration.preemptVerb,
      { pod: pod.pod, [key]: victims },
    );
    return result.nodeNameToMetaVictims ?? {};
  }

  private agreed(node: string, named: MetaVictims, cluster: ClusterView): Candidate | undefined {
    const there = cluster.node(node);
    if (!there) throw new Error(`nodeinfo not found for node name ${JSON.stringify(node)}`);
    const pods = (named.pods ?? []).map(({ uid }) => {
      const pod = there.pods.get(uid);
      if (pod) return pod;
      throw new Error(
        `extender: ${this.name} claims to preempt pod (UID: ${uid}) on node: ${node}, but the pod is not found on that node`,
      );
    });
    if (pods.length > 0)
      return { node, victims: { pods: pods.sort(byImportance), budgetViolations: named.numPDBViolations ?? 0 } };
    if (this.isIgnorable) return undefined;
    throw new Error(`expected at least one victim pod on node ${JSON.stringify(node)}`);
  }

  close(): void {
    this.agent.destroy();
  }

  private get isHttps(): boolean {
    return this.configuration.enableHTTPS === true || this.configuration.urlPrefix.startsWith('https:');
  }

  private arguments({ pod }: PodInfo, nodes: readonly NodeInfo[]): object {
    if (this.configuration.nodeCacheCapable) return { pod, nodenames: nodes.map(({ name }) => name) };
    return { pod, nodes: { apiVersion: 'v1', kind: 'NodeList', metadata: {}, items: nodes.map(({ node }) => node) } };
  }

  private async send<T>(verb: string | undefined, body: object): Promise<T> {
    const url = `${this.configuration.urlPrefix.replace(/\/+$/, '')}/${verb ?? ''}`;
    const timeoutMs = goDurationMs(this.configuration.httpTimeout ?? '') || defaultTimeoutMs;
    const { status, text } = await post(url, JSON.stringify(body), this.agent, timeoutMs);
    if (status !== 200) throw new Error(`failed ${verb} with extender at URL ${url}, code ${status}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }
}

function tlsOptions(tls: ExtenderTlsConfiguration): Record<string, unknown> {
  const read = (file?: string, data?: string): Buffer | undefined =>
    data ? Buffer.from(data, 'base64') : file ? readFileSync(file) : undefined;
  return {
    ca: read(tls.caFile, tls.caData),
    cert: read(tls.certFile, tls.certData),
    key: read(tls.keyFile, tls.keyData),
    ...serverNameOptions(tls.serverName),
    rejectUnauthorized: !tls.insecure,
  };
}

function post(
  url: string,
  body: string,
  agent: HttpAgent | HttpsAgent,
  timeoutMs: number,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = send(url, { method: 'POST', agent, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** kube-scheduler's order: those that may be ignored come last. */
export function inOrder(extenders: readonly Extender[]): Extender[] {
  return [...extenders].sort((a, b) => Number(a.isIgnorable) - Number(b.isIgnorable));
}
