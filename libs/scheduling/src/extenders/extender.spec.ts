import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClusterView } from '../cache/cluster-view';
import { podInfo } from '../cache/pod-info';
import type { ExtenderConfiguration } from '../config/kube-scheduler-configuration';
import { aNode, aPod } from '../framework/testing-objects';
import { Extender } from './extender';

const seen: { path: string; body: Record<string, unknown> }[] = [];
let answer: (path: string) => { status?: number; body?: unknown } = () => ({});
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  request.on('end', () => {
    const path = request.url ?? '';
    seen.push({ path, body: JSON.parse(text) as Record<string, unknown> });
    const { status = 200, body } = answer(path);
    response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body));
  });
});
let url = '';
const open: Extender[] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scheduler`;
});
afterEach(() => {
  seen.length = 0;
  open.splice(0).forEach((extender) => extender.close());
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function anExtender(over: Partial<ExtenderConfiguration> = {}): Extender {
  const extender = new Extender({
    urlPrefix: url,
    filterVerb: 'filter',
    prioritizeVerb: 'prioritize',
    preemptVerb: 'preempt',
    bindVerb: 'bind',
    weight: 2,
    ...over,
  });
  open.push(extender);
  return extender;
}

const view = new ClusterView();
const nodes = ['a', 'b'].map((name) => view.setNode(aNode(name)));
const pod = podInfo(aPod('p'));

describe('an extender', () => {
  it('is sent whole nodes, or their names when it knows them itself', async () => {
    answer = () => ({ body: { nodes: { items: [aNode('b')] }, nodenames: ['b'], failedNodes: { a: 'no' } } });
    const whole = await anExtender().filter(pod, nodes);
    const named = await anExtender({ nodeCacheCapable: true }).filter(pod, nodes);
    for (const outcome of [whole, named]) {
      expect(outcome.nodes.map(({ name }) => name)).toEqual(['b']);
      expect(outcome.failed).toEqual({ a: 'no' });
    }
    expect(seen[0]?.path).toBe('/scheduler/filter');
    expect(seen[0]?.body).toMatchObject({ pod: { metadata: { name: 'p' } }, nodes: { kind: 'NodeList' } });
    expect(seen[1]?.body['nodenames']).toEqual(['a', 'b']);
  });

  it('fails the attempt when it breaks, unless it may be ignored', async () => {
    answer = () => ({ status: 500 });
    await expect(anExtender().filter(pod, nodes)).rejects.toThrow(
      `failed filter with extender at URL ${url}/filter, code 500`,
    );
    const outcome = await anExtender({ ignorable: true }).filter(pod, nodes);
    expect(outcome.nodes).toHaveLength(2);
    answer = () => ({ body: { error: 'out of order' } });
    await expect(anExtender().filter(pod, nodes)).rejects.toThrow('out of order');
  });

  it('prefers nothing when it cannot say what', async () => {
    answer = () => ({ body: [{ host: 'a', score: 7 }] });
    expect(await anExtender().prioritize(pod, nodes)).toEqual({ scores: new Map([['a', 7]]), weight: 2 });
    answer = () => ({ status: 503 });
    expect((await anExtender().prioritize(pod, nodes)).scores.size).toBe(0);
  });

  it('is asked about pods with its resources only', () => {
    const managing = anExtender({ managedResources: [{ name: 'example.com/gpu' }] });
    const resources = { limits: { 'example.com/gpu': '1' } };
    expect(managing.isInterestedIn(pod)).toBe(false);
    expect(managing.isInterestedIn(podInfo(aPod('g', { spec: { containers: [{ name: 'c', resources }] } })))).toBe(
      true,
    );
    expect(anExtender().isInterestedIn(pod)).toBe(true);
  });

  it('narrows preemption down and binds', async () => {
    const victims = [podInfo(aPod('v1')), podInfo(aPod('v2'))];
    answer = () => ({ body: { nodeNameToMetaVictims: { b: { pods: [{ uid: victims[1]?.uid }] } } } });
    const candidates = ['a', 'b'].map((node) => ({ node, victims: { pods: victims, budgetViolations: 0 } }));
    const left = await anExtender({ nodeCacheCapable: true }).reviewCandidates(pod, candidates);
    expect(left).toEqual([{ node: 'b', victims: { pods: [victims[1]], budgetViolations: 0 } }]);
    answer = () => ({ body: {} });
    await anExtender().bind(pod, 'a');
    expect(seen.at(-1)?.body).toMatchObject({ podName: 'p', podNamespace: 'default', node: 'a' });
    answer = () => ({ body: { error: 'taken' } });
    await expect(anExtender().bind(pod, 'a')).rejects.toThrow('taken');
  });
});
