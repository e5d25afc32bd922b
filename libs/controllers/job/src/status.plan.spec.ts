import fc from 'fast-check';
import type { JobCondition, JobStatus, Pod } from '@nestor/api';
import { jobWith, now, podWith, startTime } from '../test/job-fixtures';
import { newCondition } from './job-conditions';
import type { ObservedJob } from './job-state';
import { observeJob } from './observe-job';
import { finishStatus, planStatus, settleCounted, type PlannedStatus } from './status.plan';

const counts = { active: 0, ready: 0, terminating: 0 };
const met = newCondition('SuccessCriteriaMet', 'CompletionsReached', 'm', now);
const lost = newCondition('FailureTarget', 'BackoffLimitExceeded', 'm', now);

function plan(job: ObservedJob, pods: Pod[], verdict?: JobCondition, released?: ReadonlySet<string>): PlannedStatus {
  return planStatus({ observed: observeJob(job, pods, released), startTime, counts, verdict, isManaged: true, now });
}
const names = ({ release }: PlannedStatus): (string | undefined)[] => release.map(({ metadata }) => metadata.name);

describe('planStatus', () => {
  it('puts ends on record before pods may go', () => {
    const pods = [podWith('a', { phase: 'Succeeded' }), podWith('b', { phase: 'Failed' }), podWith('c')];
    const planned = plan(jobWith(), pods);
    expect(planned.status.uncountedTerminatedPods).toEqual({ succeeded: ['a'], failed: ['b'] });
    expect(planned.status.succeeded).toBeUndefined();
    expect(names(planned)).toEqual(['a', 'b']);
  });

  it('counts those that have gone', () => {
    const job = jobWith({}, { succeeded: 1, uncountedTerminatedPods: { succeeded: ['a', 'b'] } });
    const { status } = plan(job, [
      podWith('a', { phase: 'Succeeded', isReleased: true }),
      podWith('b', { phase: 'Succeeded' }),
    ]);
    expect(status).toMatchObject({ succeeded: 2, uncountedTerminatedPods: { succeeded: ['b'] } });
  });

  it('says nothing when nothing is new', () => {
    const { status } = plan(jobWith(), [podWith('a')]);
    expect(plan({ ...jobWith(), status }, [podWith('a')]).isChanged).toBe(false);
  });

  it('takes whatever still runs of a failed Job for failed, of one that succeeded for nothing', () => {
    const pods = [podWith('a'), podWith('b', { phase: 'Succeeded' })];
    expect(plan(jobWith(), pods, lost).status.uncountedTerminatedPods).toEqual({ succeeded: ['b'], failed: ['a'] });
    expect(plan(jobWith(), pods, met).status.uncountedTerminatedPods).toEqual({ succeeded: ['b'] });
    expect(names(plan(jobWith(), pods, met))).toEqual(['a', 'b']);
  });

  it('keeps a failed pod until its index has the next', () => {
    const job = jobWith({ completionMode: 'Indexed', completions: 2, backoffLimitPerIndex: 3 });
    const dead = podWith('dead', { phase: 'Failed', index: 1, failures: 0 });
    expect(names(plan(job, [dead]))).toEqual([]);
    const planned = plan(job, [dead, podWith('next', { index: 1, failures: 1 })]);
    expect(names(planned)).toEqual(['dead']);
    expect(planned.status.failedIndexes).toBe('');
  });

  it('does not count what its policy ignores', () => {
    const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }];
    const pod = podWith('a', { phase: 'Failed', condition: 'DisruptionTarget' });
    const planned = plan(jobWith({ podFailurePolicy: { rules } }), [pod]);
    expect(names(planned)).toEqual(['a']);
    expect(planned.status.uncountedTerminatedPods).toEqual({});
  });

  it('records 500 ends at a time', () => {
    const pods = Array.from({ length: 700 }, (_, index) => podWith(`p${index}`, { phase: 'Succeeded' }));
    const planned = plan(jobWith({ completions: 700 }), pods, met);
    expect(planned.release).toHaveLength(500);
    expect(planned.ending).toBeUndefined();
  });

  it('ends a Job only when all is counted and gone', () => {
    const { status, ending } = plan(jobWith(), [], met);
    expect(status.conditions).toEqual([met]);
    expect(finishStatus({ ...status, terminating: 1 }, ending!)).toBeUndefined();
    expect(finishStatus({ ...status, uncountedTerminatedPods: { failed: ['x'] } }, ending!)).toBeUndefined();
    expect(finishStatus(status, ending!)).toMatchObject({
      completionTime: '2026-01-01T01:00:00Z',
      conditions: [met, { type: 'Complete', status: 'True', reason: 'CompletionsReached' }],
    });
  });

  it('counts every end once, wherever it is cut off and however old its copy of the pods is', () => {
    const phase = fc.constantFrom('Succeeded', 'Failed');
    const cut = fc.record({ afterWrite: fc.boolean(), releases: fc.nat({ max: 6 }), seesReleases: fc.boolean() });
    fc.assert(
      fc.property(fc.array(phase, { maxLength: 6 }), fc.array(cut, { maxLength: 6 }), (phases, cuts) => {
        const actual = phases.map((one, index) => podWith(`p${index}`, { phase: one }));
        const released = new Set<string>();
        let status: JobStatus = { startTime };
        for (const { afterWrite, releases, seesReleases } of [
          ...cuts,
          { afterWrite: false, releases: 9, seesReleases: true },
        ]) {
          // What has been seen to go is gone from the copy; what has not is known to be released.
          const seen = actual.map((pod) =>
            seesReleases && released.has(pod.metadata.uid!)
              ? podWith(pod.metadata.name!, { phase: pod.status!.phase, isReleased: true })
              : pod,
          );
          const planned = plan({ ...jobWith({ completions: 99 }), status }, seen, undefined, new Set(released));
          status = planned.status;
          if (afterWrite) continue;
          for (const pod of planned.release.slice(0, releases)) released.add(pod.metadata.uid!);
          settleCounted(status, (uid) => !released.has(uid));
        }
        const total = (name: string): number => phases.filter((one) => one === name).length;
        expect([status.succeeded ?? 0, status.failed ?? 0]).toEqual([total('Succeeded'), total('Failed')]);
        expect(status.uncountedTerminatedPods).toEqual({});
      }),
    );
  });
});
