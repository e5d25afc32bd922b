import fc from 'fast-check';
import type { Pod } from '@nestor/api';
import { ClusterView } from '../cache/cluster-view';
import { PodInfo, podInfo } from '../cache/pod-info';
import { prepare, scoreByPlugins } from '../cycle/node-by-node';
import { NodeSelector } from '../cycle/select-node';
import { Profile } from '../framework/profile';
import { defaultPlugins } from '../plugins/default-plugins';
import { NominatedPods } from '../queue/nominated-pods';
import { randomCase } from './random-cluster';
import { PlainCluster, Verdict, scheduleByTheBook } from './reference-scheduler';

/** NESTOR_REFERENCE_CASES=100000 for the long run. */
const numRuns = Number(process.env['NESTOR_REFERENCE_CASES'] ?? 1500);
const seed = process.env['NESTOR_REFERENCE_SEED'];

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const profile = new Profile(
  'default-scheduler',
  defaultPlugins(() => Promise.resolve()),
);
const nobody = new NominatedPods();

function viewOf({ nodes, pods, namespaces }: PlainCluster): ClusterView {
  const view = new ClusterView();
  for (const [name, labels] of Object.entries(namespaces)) view.setNamespace(name, labels);
  for (const node of nodes) view.setNode(node);
  for (const pod of pods) view.addPod(pod.spec?.nodeName ?? '', podInfo(pod));
  return view;
}

function selectorOf(view: ClusterView, chance: number): NodeSelector {
  return new NodeSelector(profile, view, { percentageOfNodesToScore: 0, random: () => chance });
}

/** The nodes that are chosen when chance goes through all its values. */
function chosen(view: ClusterView, pod: PodInfo, choices: number): string[] {
  const nodes = new Set<string>();
  for (let at = 0; at < choices; at++) nodes.add(selectorOf(view, (at + 0.5) / choices).select(pod).node ?? '');
  return [...nodes].sort();
}

function compare(view: ClusterView, selector: NodeSelector, pod: Pod, expected: Verdict): void {
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
  expect(chosen(view, info, bestNodes.length)).toEqual(bestNodes.sort());
}

describe('the scheduler and the reference', () => {
  it(`agree on ${numRuns} random clusters: the same nodes, the same scores, the same message`, () => {
    fc.assert(
      fc.property(randomCase, (generated) => {
        const { cluster, pods } = plain(generated);
        const view = viewOf(cluster);
        // One selector for both pods: what it keeps between them must not be stale.
        const selector = selectorOf(view, 0.5);
        for (const pod of pods) {
          const expected = scheduleByTheBook(cluster, pod);
          compare(view, selector, pod, expected);
          // The second pod comes to the same cluster with the first one in it.
          const [first] = Object.keys(expected.totals);
          if (first === undefined) continue;
          const placed: Pod = { ...pod, spec: { ...pod.spec, nodeName: first } as Pod['spec'] };
          cluster.pods.push(placed);
          view.addPod(first, podInfo(placed));
        }
      }),
      { numRuns, ...(seed !== undefined && { seed: Number(seed) }) },
    );
  });
});
