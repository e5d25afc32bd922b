import fc from 'fast-check';
import type { DeepReadonly, Node, PersistentVolumeClaim, Pod } from '@nestor/api';
import { reserveAll, unreserveAll } from '../binding/binding-cycle';
import { ClusterView } from '../cache/cluster-view';
import { PodInfo, podInfo } from '../cache/pod-info';
import { prepare, scoreByPlugins } from '../cycle/node-by-node';
import { NodeSelector } from '../cycle/select-node';
import { Profile } from '../framework/profile';
import { defaultPlugins } from '../plugins/default-plugins';
import { NominatedPods } from '../queue/nominated-pods';
import { StorageKind, StorageKinds, StorageView } from '../volumes/storage-view';
import { randomCase, volumeCase } from './random-cluster';
import { PlainCluster, Verdict, scheduleByTheBook } from './reference-scheduler';
import { volumesOn } from './reference-volumes';

/** NESTOR_REFERENCE_CASES=100000 for the long run. */
const numRuns = Number(process.env['NESTOR_REFERENCE_CASES'] ?? 1500);
const seed = process.env['NESTOR_REFERENCE_SEED'];

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const never = () => Promise.reject(new Error('nothing is written here'));
const nobody = new NominatedPods();

interface World {
  view: ClusterView;
  storage: StorageView;
  profile: Profile;
}

function worldOf({ nodes, pods, namespaces, storage: plainStorage }: PlainCluster): World {
  const view = new ClusterView();
  const storage = new StorageView();
  for (const objects of Object.values(plainStorage) as DeepReadonly<StorageKinds[StorageKind]>[][])
    for (const object of objects) storage.set(object.kind as StorageKind, object);
  const handle = { cluster: view, storage, happened: () => undefined };
  const writes = { updateVolume: never, updateClaim: never };
  const profile = new Profile(
    'default-scheduler',
    defaultPlugins(() => Promise.resolve(), { handle, writes }),
  );
  for (const [name, labels] of Object.entries(namespaces)) view.setNamespace(name, labels);
  for (const node of nodes) view.setNode(node);
  for (const pod of pods) view.addPod(pod.spec?.nodeName ?? '', podInfo(pod));
  return { view, storage, profile };
}

function selectorOf({ profile, view }: World, chance: number): NodeSelector {
  return new NodeSelector(profile, view, { percentageOfNodesToScore: 0, random: () => chance });
}

/** The nodes that are chosen when chance goes through all its values. */
function chosen(world: World, pod: PodInfo, choices: number): string[] {
  const nodes = new Set<string>();
  for (let at = 0; at < choices; at++) nodes.add(selectorOf(world, (at + 0.5) / choices).select(pod).node ?? '');
  return [...nodes].sort();
}

function compare(world: World, selector: NodeSelector, pod: Pod, expected: Verdict): void {
  const { profile, view } = world;
  const info = podInfo(pod);
  const best = Math.max(...Object.values(expected.totals));
  const bestNodes = Object.keys(expected.totals).filter((name) => expected.totals[name] === best);
  const selection = selector.select(info);
  if (selection.node === undefined) expect(selection.message).toBe(expected.message);
  else expect(bestNodes).toContain(selection.node);
  const { state, feasible } = prepare(profile, info, view, nobody);
  expect(feasible.map(({ name }) => name).sort()).toEqual(Object.keys(expected.totals).sort());
  if (feasible.length === 0) return;
  expect(Object.fromEntries(scoreByPlugins(profile, info, view, state, feasible))).toEqual(expected.totals);
  expect(chosen(world, info, bestNodes.length)).toEqual(bestNodes.sort());
}

/** Both take the same volumes for the pod; then its claims are as the binder leaves them. */
function takeVolumes({ profile, view, storage }: World, cluster: PlainCluster, pod: Pod, nodeName: string): void {
  const node = cluster.nodes.find(({ metadata }) => metadata.name === nodeName) as Node;
  const expected = volumesOn(cluster.storage, pod, node);
  if (Array.isArray(expected)) throw new Error('the reference has refused the node');
  const info = podInfo(pod);
  const { state } = prepare(profile, info, view, nobody);
  const placement = { profile, state, pod: info, node: nodeName };
  reserveAll(placement);
  for (const { claim, volume } of expected.matches)
    expect(storage.volumes.current(volume.metadata.name ?? '')?.spec?.claimRef?.uid).toBe(claim.metadata.uid);
  for (const { metadata } of expected.provisions)
    expect(storage.claims.current(`${metadata.namespace}/${metadata.name}`)?.metadata.annotations).toMatchObject({
      'volume.kubernetes.io/selected-node': nodeName,
    });
  unreserveAll(placement);
  const annotate = (claim: PersistentVolumeClaim, key: string, value: string): PersistentVolumeClaim => ({
    ...claim,
    metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, [key]: value } },
  });
  const { claims, volumes } = cluster.storage;
  for (const { claim, volume } of expected.matches) {
    const { namespace, name, uid } = claim.metadata;
    const bound = annotate(claim, 'pv.kubernetes.io/bind-completed', 'yes');
    bound.spec = { ...bound.spec, volumeName: volume.metadata.name };
    claims[claims.indexOf(claim)] = bound;
    storage.set('PersistentVolumeClaim', bound);
    const taken = {
      ...volume,
      spec: { ...volume.spec, claimRef: { namespace, name, uid } },
      status: { phase: 'Bound' },
    };
    volumes[volumes.indexOf(volume)] = taken;
    storage.set('PersistentVolume', taken);
  }
  for (const claim of expected.provisions) {
    const asked = annotate(claim, 'volume.kubernetes.io/selected-node', nodeName);
    claims[claims.indexOf(claim)] = asked;
    storage.set('PersistentVolumeClaim', asked);
  }
}

describe('the scheduler and the reference', () => {
  it.each([
    [`agree on ${numRuns} random clusters: the same nodes, the same scores, the same message`, randomCase, numRuns],
    ['agree where volumes alone decide', volumeCase, Math.ceil(numRuns / 3)],
  ])('%s', (_, cases, runs) => {
    fc.assert(
      fc.property(cases, (generated) => {
        const { cluster, pods } = plain(generated);
        const world = worldOf(cluster);
        // One selector for both pods: what it keeps between them must not be stale.
        const selector = selectorOf(world, 0.5);
        for (const pod of pods) {
          const expected = scheduleByTheBook(cluster, pod);
          compare(world, selector, pod, expected);
          // The second pod comes to the same cluster with the first one in it.
          const [first] = Object.keys(expected.totals);
          if (first === undefined) continue;
          const placed: Pod = { ...pod, spec: { ...pod.spec, nodeName: first } as Pod['spec'] };
          takeVolumes(world, cluster, pod, first);
          cluster.pods.push(placed);
          world.view.addPod(first, podInfo(placed));
        }
      }),
      { numRuns: runs, ...(seed !== undefined && { seed: Number(seed) }) },
    );
  });
});
