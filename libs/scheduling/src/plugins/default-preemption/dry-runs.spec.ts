import fc from 'fast-check';
import { ClusterView } from '../../cache/cluster-view';
import { PodInfo, podInfo } from '../../cache/pod-info';
import { CycleState } from '../../framework/cycle-state';
import { Profile } from '../../framework/profile';
import { aNode, aPod } from '../../framework/testing-objects';
import { NominatedPods } from '../../queue/nominated-pods';
import { defaultPlugins } from '../default-plugins';
import { DryRuns } from './dry-runs';
import { Budget, selectVictims } from './victims';

const profile = new Profile(
  'default-scheduler',
  defaultPlugins(() => Promise.resolve()),
);

const budget = (disruptionsAllowed: number): Budget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'b', namespace: 'default' },
  spec: { selector: { matchLabels: { app: 'a' } } },
  status: { disruptionsAllowed, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
});

const small = fc.integer({ min: 1, max: 3 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('ask' as const), preemptor: fc.nat(3), on: fc.nat(2) }),
  fc.record({ kind: fc.constant('place' as const), cpu: small, priority: fc.nat(3), on: fc.nat(2), app: fc.boolean() }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat(9) }),
  fc.record({ kind: fc.constant('nominate' as const), preemptor: fc.nat(3), on: fc.nat(2) }),
  fc.record({ kind: fc.constant('budget' as const), allowed: fc.nat(2) }),
);

it('shares what it found only where a new dry run would find the same', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      const cluster = new ClusterView();
      for (const name of ['n0', 'n1', 'n2']) cluster.setNode(aNode(name, { cpu: '6' }));
      // Two equal preemptors, a larger one and a more important one.
      const preemptors = [
        ['2', 2],
        ['2', 2],
        ['4', 2],
        ['2', 3],
      ].map(([cpu, priority], at) =>
        podInfo(aPod(`p${at}`, { cpu: cpu as string, spec: { priority: priority as number } })),
      );
      const nominated = new NominatedPods();
      const dryRuns = new DryRuns();
      const placed: { node: string; pod: PodInfo }[] = [];
      let budgets: Budget[] = [];
      let made = 0;
      for (const one of steps) {
        if (one.kind === 'place') {
          const labels = one.app ? { app: 'a' } : undefined;
          const pod = podInfo(aPod(`v${made++}`, { cpu: String(one.cpu), labels, spec: { priority: one.priority } }));
          placed.push({ node: `n${one.on}`, pod });
          cluster.addPod(`n${one.on}`, pod);
        } else if (one.kind === 'remove') {
          const [gone] = placed.splice(one.at, 1);
          if (gone) cluster.removePod(gone.node, gone.pod.uid);
        } else if (one.kind === 'nominate') nominated.set(preemptors[one.preemptor] as PodInfo, `n${one.on}`);
        else if (one.kind === 'budget') budgets = [budget(one.allowed)];
        else {
          const pod = preemptors[one.preemptor] as PodInfo;
          const state = new CycleState();
          state.skippedFilters = new Set(['PodTopologySpread', 'InterPodAffinity']);
          const node = cluster.node(`n${one.on}`);
          if (!node) throw new Error('no node');
          const search = { filters: profile, pod, budgets, nominated: nominated.on(node.name) };
          const found = dryRuns
            .for({ filters: profile, pod, state, budgets })
            .on(node, cluster.generations[node.slot] ?? -1, nominated);
          expect(found).toEqual(selectVictims(search, state, node));
        }
      }
    }),
    { numRuns: 300 },
  );
});
