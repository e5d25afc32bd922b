import { podReferences, type PersistentVolume, type Pod } from '@nestor/api';
import fc from 'fast-check';
import { NodeGraph, type RelatedResource, type StoredPod } from './node-graph';
import { volumeSecrets } from './volume-secrets';

const few = (...names: string[]) => fc.constantFrom(...names);
const node = few('', 'n1', 'n2');
const namespace = few('a', 'b');
const name = few('x', 'y', 'z');

const pod = fc
  .record({ namespace, name, node, secret: name, claim: name, account: name, config: name, isMirror: fc.boolean() })
  .map(({ isMirror, ...of }): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: of.namespace,
      name: of.name,
      ...(isMirror ? { annotations: { 'kubernetes.io/config.mirror': '1' } } : {}),
    },
    spec: {
      ...(of.node ? { nodeName: of.node } : {}),
      serviceAccountName: of.account,
      containers: [],
      volumes: [
        { name: 's', secret: { secretName: of.secret } },
        { name: 'm', configMap: { name: of.config } },
        { name: 'c', persistentVolumeClaim: { claimName: of.claim } },
      ],
    },
  }));
const volume = fc
  .record({ name, bound: fc.boolean(), claim: name, namespace, secret: name })
  .map(({ name: own, bound, claim, namespace: of, secret }): PersistentVolume => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: own },
    spec: {
      ...(bound ? { claimRef: { namespace: of, name: claim } } : {}),
      csi: { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: { namespace: of, name: secret } },
    },
  }));
const owned = fc.record({ name, node });

/** One write; the last of a name counts. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('pod' as const), object: pod, isGone: fc.boolean() }),
  fc.record({ kind: fc.constant('volume' as const), object: volume, isGone: fc.boolean() }),
  fc.record({ kind: fc.constant('owned' as const), object: owned, isGone: fc.boolean() }),
);

/** What is stored, and whether an object leads to a node found by looking at all of it. */
class Stored {
  readonly pods = new Map<string, Pod>();
  readonly volumes = new Map<string, PersistentVolume>();
  readonly attachments = new Map<string, string>();

  leads(to: string, resource: RelatedResource, at: { namespace: string; name: string }): boolean {
    const pods = [...this.pods.values()].filter(({ spec }) => spec?.nodeName === to);
    const uses = (of: keyof ReturnType<typeof podReferences>, place: { namespace: string; name: string }): boolean =>
      pods.some(
        (one) =>
          one.metadata.annotations === undefined &&
          one.metadata.namespace === place.namespace &&
          podReferences(one)[of].includes(place.name),
      );
    const mounts = ({ spec }: PersistentVolume): boolean =>
      spec?.claimRef !== undefined &&
      uses('persistentvolumeclaims', { namespace: spec.claimRef.namespace ?? '', name: spec.claimRef.name ?? '' });
    const volumes = [...this.volumes.values()].filter(mounts);
    switch (resource) {
      case 'pods':
        return pods.some(({ metadata }) => metadata.namespace === at.namespace && metadata.name === at.name);
      case 'persistentvolumes':
        return at.namespace === '' && volumes.some(({ metadata }) => metadata.name === at.name);
      case 'volumeattachments':
        return at.namespace === '' && this.attachments.get(at.name) === to;
      case 'resourceslices':
      case 'podcertificaterequests':
        return false;
      case 'secrets':
        return uses('secrets', at) || volumes.some((one) => volumeSecrets(one).some((of) => isSame(of, at)));
      default:
        return uses(resource, at);
    }
  }
}

const storedPod = (pod: Pod): StoredPod => ({
  namespace: pod.metadata.namespace ?? '',
  name: pod.metadata.name ?? '',
  object: () => pod,
});

/** As the API server does: a pod without a node is none here. */
function putStored(graph: NodeGraph, pod: Pod): void {
  const stored = storedPod(pod);
  if (pod.spec?.nodeName) graph.putStoredPod(stored, pod.spec.nodeName);
  else graph.removePod(stored.namespace, stored.name);
}

const isSame = (left: { namespace: string; name: string }, right: { namespace: string; name: string }): boolean =>
  left.namespace === right.namespace && left.name === right.name;

const resources: RelatedResource[] = [
  'pods',
  'secrets',
  'configmaps',
  'serviceaccounts',
  'persistentvolumeclaims',
  'persistentvolumes',
  'volumeattachments',
  'resourceslices',
];

const questions = ['n1', 'n2'].flatMap((to) =>
  resources.flatMap((resource) =>
    ['', 'a', 'b'].flatMap((of) => ['x', 'y', 'z'].map((own) => [to, resource, { namespace: of, name: own }] as const)),
  ),
);

interface Change {
  kind: string;
  object: unknown;
  isGone: boolean;
}

function apply(graph: NodeGraph, stored: Stored, change: Change, put = (pod: Pod) => graph.putPod(pod)): void {
  if (change.kind === 'owned') {
    const { name: own, node: of } = change.object as { name: string; node: string };
    const place = { namespace: '', name: own };
    if (change.isGone) graph.removeOwned('volumeattachments', place);
    else graph.putOwned('volumeattachments', place, of);
    stored.attachments.set(own, change.isGone || of === '' ? '-' : of);
    return;
  }
  const { metadata } = change.object as Pod;
  const key = `${metadata.namespace}/${metadata.name}`;
  if (change.kind === 'pod') {
    if (change.isGone) graph.removePod(metadata.namespace ?? '', metadata.name ?? '');
    else put(change.object as Pod);
    if (change.isGone) stored.pods.delete(key);
    else stored.pods.set(key, change.object as Pod);
    return;
  }
  if (change.isGone) graph.removeVolume(metadata.name ?? '');
  else graph.putVolume(change.object as PersistentVolume);
  if (change.isGone) stored.volumes.delete(key);
  else stored.volumes.set(key, change.object as PersistentVolume);
}

describe('NodeGraph', () => {
  it('knows what a walk over all objects finds, after any writes', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
        const [graph, stored] = [new NodeGraph(), new Stored()];
        for (const one of changes) apply(graph, stored, one);
        const wrong = questions.filter(
          ([to, resource, at]) => graph.isRelated(to, resource, at) !== stored.leads(to, resource, at),
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('answers of stored pods, whenever it is asked, as of pods that were read at once', () => {
    const step = fc.oneof(
      { arbitrary: change, weight: 2 },
      fc.record({ kind: fc.constant('question' as const), asked: fc.constantFrom(...questions) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const [eager, lazy, stored] = [new NodeGraph(), new NodeGraph(), new Stored()];
        const differs = ([to, resource, at]: (typeof questions)[number]): boolean =>
          lazy.isRelated(to, resource, at) !== eager.isRelated(to, resource, at);
        for (const one of steps) {
          if (one.kind === 'question') {
            expect(differs(one.asked)).toBe(false);
            continue;
          }
          apply(eager, stored, one);
          apply(lazy, stored, one, (pod) => putStored(lazy, pod));
        }
        expect(questions.filter(differs)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  describe('of stored pods', () => {
    const podOf = (node: string, secret: string): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'a', name: `pod-${node}` },
      spec: { nodeName: node, containers: [], volumes: [{ name: 's', secret: { secretName: secret } }] },
    });
    const secret = (name: string) => ({ namespace: 'a', name });

    it('reads those of the node that asks, once', () => {
      const [graph, read] = [new NodeGraph(), [] as string[]];
      for (const node of ['n1', 'n2']) {
        const object = (): Pod => {
          read.push(node);
          return podOf(node, node);
        };
        graph.putStoredPod({ namespace: 'a', name: `pod-${node}`, object }, node);
      }
      expect(read).toEqual([]);
      expect(graph.isRelated('n1', 'secrets', secret('n1'))).toBe(true);
      expect(graph.isRelated('n1', 'secrets', secret('n2'))).toBe(false);
      expect(read).toEqual(['n1']);
    });

    it('reads one that waits in its newest form, and says of one that it has read that it does not wait', () => {
      const graph = new NodeGraph();
      const renew = (name: string): boolean => graph.renewWaiting(storedPod(podOf('n1', name)));
      expect(renew('new')).toBe(false);
      graph.putStoredPod(storedPod(podOf('n1', 'old')), 'n1');
      expect(renew('new')).toBe(true);
      expect(graph.isRelated('n1', 'secrets', secret('old'))).toBe(false);
      expect(graph.isRelated('n1', 'secrets', secret('new'))).toBe(true);
      expect(renew('later')).toBe(false);
    });

    it('believes what a pod says of its node, not what is said of it', () => {
      const graph = new NodeGraph();
      graph.putStoredPod(storedPod(podOf('n2', 's')), 'n1');
      expect(graph.isRelated('n1', 'secrets', secret('s'))).toBe(false);
      expect(graph.isRelated('n2', 'secrets', secret('s'))).toBe(true);
    });

    it('lets a node see no more of a pod that is of another node now', () => {
      const graph = new NodeGraph();
      const moved = (node: string): StoredPod => ({ ...storedPod(podOf(node, 's')), name: 'moved' });
      graph.putStoredPod({ ...moved('n1'), object: () => ({ ...podOf('n1', 's'), metadata: secret('moved') }) }, 'n1');
      expect(graph.isRelated('n1', 'secrets', secret('s'))).toBe(true);
      graph.putStoredPod(moved('n2'), 'n2');
      expect(graph.isRelated('n1', 'secrets', secret('s'))).toBe(false);
    });
  });

  it.each<[string, (graph: NodeGraph, pod: Pod) => void]>([
    ['pods', (graph, pod) => graph.putPod(pod)],
    ['stored pods', putStored],
  ])('keeps nothing of %s and other objects that are gone', (_of, put) => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
        const [graph, stored] = [new NodeGraph(), new Stored()];
        for (const one of changes) apply(graph, stored, one, (pod) => put(graph, pod));
        for (const one of changes) apply(graph, stored, { ...one, isGone: true });
        const indexes = Object.values(graph) as Map<string, unknown>[];
        expect(indexes.map(({ size }) => size)).toEqual(indexes.map(() => 0));
      }),
    );
  });
});
