import type { Pod } from '@nestor/api';
import { NodeGraph } from '@nestor/auth';
import type { CachedObject, ObjectEvent, ResourceCache, WatchCache, WatchSink } from '@nestor/watch';
import fc from 'fast-check';
import type { ResourceRegistry } from '../registry/resource-registry';
import { NodeRelations } from './node-relations';

const nodes = ['n1', 'n2'];
const names = ['x', 'y', 'z'];
const few = <T>(values: T[]) => fc.constantFrom(...values);
const place = (name: string) => ({ namespace: 'a', name });

/** One write of the pod of a name: it is made, bound, changed, given a container to debug it with, or goes. */
const write = fc.record({
  name: few(names),
  what: few(['create', 'createBound', 'bind', 'status', 'debug', 'delete', 'forget'] as const),
  node: few(nodes),
  secret: few(names),
  config: few(names),
});
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;
const question = fc.record({ ask: few(['secrets', 'configmaps', 'pods'] as const), of: few(names), node: few(nodes) });

/** The pods as a cache has them, and what it tells of them. */
class Cluster {
  private readonly pods = new Map<string, Pod>();
  private readonly told: WatchSink[] = [];
  /** What went without anybody being told. */
  readonly untold = new Set<string>();
  /** The events whose objects were asked for whole. */
  readonly parsed: number[] = [];
  private events = 0;

  readonly cache = {
    resource: (key: string) =>
      ({
        ready: () => Promise.resolve(),
        get: (_namespace: string, name: string) => this.pods.get(name),
        watch: (_request: object, sink: WatchSink) => {
          if (key !== 'pods') return Promise.resolve({ stop: () => undefined });
          this.told.push(sink);
          for (const name of this.pods.keys()) this.tell('ADDED', name);
          return Promise.resolve({ stop: () => undefined });
        },
      }) as unknown as ResourceCache,
  } as unknown as WatchCache;

  apply({ name, what, node, secret, config }: Write): void {
    const old = this.pods.get(name);
    const bound = (pod: Pod): Pod => ({ ...pod, spec: { ...pod.spec!, nodeName: node } });
    const made = podOf(name, String(this.events), secret);
    if (what === 'create' && !old) this.put(name, made);
    if (what === 'createBound' && !old) this.put(name, bound(made));
    const pod = this.pods.get(name);
    if (!pod) return;
    if (what === 'bind' && !pod.spec?.nodeName) this.put(name, bound(pod));
    if (what === 'status') this.put(name, { ...pod, status: { message: config } });
    if (what === 'debug') this.put(name, { ...pod, spec: { ...pod.spec!, ephemeralContainers: [debugging(config)] } });
    if (what === 'delete') this.tell('DELETED', name);
    if (what === 'forget') this.untold.add(name);
    if (what === 'delete' || what === 'forget') this.pods.delete(name);
  }

  /** The cache has lost its place; what went meanwhile is told of by nobody. */
  async startOver(): Promise<void> {
    this.untold.clear();
    this.told.pop()?.end();
    // Following again and resuming are a few turns of promises.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }

  graph(): NodeGraph {
    const graph = new NodeGraph();
    for (const pod of this.pods.values()) graph.putPod(pod);
    return graph;
  }

  private put(name: string, pod: Pod): void {
    this.pods.set(name, pod);
    this.tell('MODIFIED', name);
  }

  private tell(type: ObjectEvent['type'], name: string): void {
    const pod = this.pods.get(name)!;
    this.untold.delete(name);
    const event = ++this.events;
    const object = {
      ...place(name),
      uid: pod.metadata.uid,
      bytes: Buffer.from(JSON.stringify(pod)),
      object: () => {
        this.parsed.push(event);
        return pod;
      },
    } as unknown as CachedObject;
    for (const sink of this.told) sink.write({ type, object, revision: event, bytes: object.bytes });
  }
}

const podOf = (name: string, uid: string, secretName: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...place(name), uid },
  spec: { containers: [], volumes: [{ name: 's', secret: { secretName } }] },
});
const debugging = (config: string) => ({ name: 'debug', image: 'i', envFrom: [{ configMapRef: { name: config } }] });

describe('NodeRelations', () => {
  const start = async (cluster: Cluster, graph: NodeGraph): Promise<void> => {
    const registry = { byKey: () => undefined } as unknown as ResourceRegistry;
    const store = { currentRevision: () => Promise.resolve(0) };
    await new NodeRelations(store, cluster.cache, registry, graph, new AbortController().signal).start();
  };

  it('answers after any writes as a graph of all that is stored', async () => {
    const step = fc.oneof({ arbitrary: write, weight: 3 }, question, fc.constant('startOver' as const));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const [cluster, graph] = [new Cluster(), new NodeGraph()];
        await start(cluster, graph);
        for (const one of steps) {
          if (one === 'startOver') await cluster.startOver();
          else if ('what' in one) cluster.apply(one);
          else if (cluster.untold.size === 0) {
            const asked = [one.node, one.ask, place(one.of)] as const;
            expect(graph.isRelated(...asked)).toBe(cluster.graph().isRelated(...asked));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('parses no pod before its node asks, and keeps none but the newest form of it until then', async () => {
    const [cluster, graph] = [new Cluster(), new NodeGraph()];
    await start(cluster, graph);
    const of = { name: 'x', node: 'n1', secret: 's', config: 'c' };
    for (const what of ['create', 'bind', 'status', 'status'] as const) cluster.apply({ ...of, what });
    expect(cluster.parsed).toEqual([]);
    expect(graph.isRelated('n2', 'secrets', place('s'))).toBe(false);
    expect(cluster.parsed).toEqual([]);
    expect(graph.isRelated('n1', 'secrets', place('s'))).toBe(true);
    cluster.apply({ ...of, what: 'status' });
    expect(graph.isRelated('n1', 'secrets', place('other'))).toBe(false);
    expect(cluster.parsed).toEqual([4]);
  });
});
