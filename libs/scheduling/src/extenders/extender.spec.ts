import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClusterView } from '../cache/cluster-view';
import { PodInfo, podInfo } from '../cache/pod-info';
import type { ExtenderConfiguration } from '../config/kube-scheduler-configuration';
import { Profile } from '../framework/profile';
import { aNode, aPod } from '../framework/testing-objects';
import { defaultPlugins } from '../plugins/default-plugins';
import { NominatedPods } from '../queue/nominated-pods';
import { Extender, inOrder } from './extender';
import { ExtenderCycle } from './extender-cycle';

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

  it('does not let nodes in that it was not asked about', async () => {
    answer = () => ({ body: { nodenames: ['b', 'c'] } });
    await expect(anExtender({ nodeCacheCapable: true }).filter(pod, nodes)).rejects.toThrow(
      `extender "${url}" claims a filtered node "c" which is not found in the input node list`,
    );
    expect((await anExtender({ nodeCacheCapable: true, ignorable: true }).filter(pod, nodes)).nodes).toHaveLength(2);
  });

  describe('with a say in preemption', () => {
    const there = ['v1', 'v2', 'v3'].map((name) => podInfo(aPod(name)));
    const [one, two, three] = there as [PodInfo, PodInfo, PodInfo];
    const candidates = ['a', 'b'].map((node) => ({ node, victims: { pods: [one, two], budgetViolations: 0 } }));
    beforeAll(() => there.forEach((victim) => view.addPod('b', victim)));
    afterAll(() => there.forEach(({ uid }) => view.removePod('b', uid)));
    const review = (victims: object, over: Partial<ExtenderConfiguration> = {}) => {
      answer = () => ({ body: { nodeNameToMetaVictims: victims } });
      return anExtender(over).reviewCandidates(pod, candidates, view);
    };

    it('narrows the candidates down and names the victims', async () => {
      const agreed = { b: { pods: [{ uid: two.uid }, { uid: three.uid }], numPDBViolations: 1 } };
      expect(await review(agreed, { nodeCacheCapable: true })).toEqual([
        { node: 'b', victims: { pods: [two, three], budgetViolations: 1 } },
      ]);
      expect(seen[0]?.body).toMatchObject({
        nodeNameToMetaVictims: { a: { pods: [{ uid: one.uid }, { uid: two.uid }] } },
      });
      await review(agreed);
      expect(seen[1]?.body).toMatchObject({ nodeNameToVictims: { b: { pods: [{ metadata: { name: 'v1' } }, {}] } } });
    });

    it('is not believed about pods and nodes that are not there', async () => {
      await expect(review({ b: { pods: [{ uid: 'ghost' }] } })).rejects.toThrow(
        `extender: ${url} claims to preempt pod (UID: ghost) on node: b, but the pod is not found on that node`,
      );
      await expect(review({ z: { pods: [{ uid: one.uid }] } })).rejects.toThrow('nodeinfo not found for node name "z"');
      expect(await review({ b: { pods: [{ uid: 'ghost' }] } }, { ignorable: true })).toEqual(candidates);
    });

    it('has to name a victim, unless it may be ignored', async () => {
      await expect(review({ b: { pods: [] } })).rejects.toThrow('expected at least one victim pod on node "b"');
      expect(await review({ b: { pods: [] } }, { ignorable: true })).toEqual([]);
    });
  });

  it('binds', async () => {
    answer = () => ({ body: {} });
    await anExtender().bind(pod, 'a');
    expect(seen.at(-1)?.body).toMatchObject({ podName: 'p', podNamespace: 'default', node: 'a' });
    answer = () => ({ body: { error: 'taken' } });
    await expect(anExtender().bind(pod, 'a')).rejects.toThrow('taken');
  });

  it('comes after the others when it may be ignored', () => {
    const [first, second] = [anExtender({ ignorable: true }), anExtender()];
    expect(inOrder([first, second])).toEqual([second, first]);
  });

  describe('in the cycle of a pod', () => {
    const profile = new Profile(
      'default-scheduler',
      defaultPlugins(() => Promise.resolve()),
    );
    const nominated = new NominatedPods();
    const select = (...extenders: Extender[]) => new ExtenderCycle(extenders).select(profile, pod, view, nominated);

    it('adds its weighted scores', async () => {
      answer = (path) =>
        path.endsWith('filter')
          ? { body: { nodenames: ['a', 'b'] } }
          : {
              body: [
                { host: 'a', score: 0 },
                { host: 'b', score: 10 },
              ],
            };
      expect((await select(anExtender({ nodeCacheCapable: true, weight: 10 }))).node).toBe('b');
    });

    it('is not asked for scores where one node is left', async () => {
      answer = () => ({ body: { nodenames: ['a'], failedNodes: { b: 'no' } } });
      expect((await select(anExtender({ nodeCacheCapable: true }))).node).toBe('a');
      expect(seen.map(({ path }) => path)).toEqual(['/scheduler/filter']);
    });

    it('is asked about the node where room was made first', async () => {
      nominated.set(pod, 'b');
      answer = () => ({ body: { nodenames: ['b'] } });
      expect((await select(anExtender({ nodeCacheCapable: true }))).node).toBe('b');
      expect(seen.map(({ body }) => body['nodenames'])).toEqual([['b']]);
      nominated.delete(pod.uid);
    });

    it('tells why not, and any event may change its mind', async () => {
      answer = () => ({
        body: { nodenames: [], failedNodes: { a: 'too near', b: 'x' }, failedAndUnresolvableNodes: { b: 'too far' } },
      });
      expect(await select(anExtender({ nodeCacheCapable: true }))).toMatchObject({
        message: '0/2 nodes are available: 1 too far, 1 too near.',
        rejectedBy: new Set(['Extender']),
      });
    });
  });
});
