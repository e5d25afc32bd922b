import type { JobSpec, JobStatus, Pod } from '@nestor/api';
import { jobWith, now, podWith, secondsAgo, startTime, type PodTraits } from '../test/job-fixtures';
import type { BackoffRecord } from './backoff';
import { judgeCompletion, planPods, type PodPlan } from './job.plan';
import { observeJob } from './observe-job';

interface Given {
  spec?: Partial<JobSpec>;
  status?: JobStatus;
  pods?: PodTraits[];
  backoff?: BackoffRecord;
  isSettled?: boolean;
}

const podsOf = (traits: PodTraits[]): Pod[] => traits.map((one, position) => podWith(`p${position}`, one));

function plan({ spec, status, pods = [], backoff, isSettled = true }: Given): PodPlan {
  const observed = observeJob(jobWith(spec, status), podsOf(pods));
  return planPods({ observed, backoff, isSettled, startedAt: Date.parse(startTime), now });
}

const many = (count: number, traits: PodTraits): PodTraits[] => Array.from({ length: count }, () => traits);
const running: PodTraits = { phase: 'Running' };
const failed: PodTraits = { phase: 'Failed' };
const succeeded: PodTraits = { phase: 'Succeeded' };
const indexed: Partial<JobSpec> = { completionMode: 'Indexed', completions: 4, parallelism: 4 };
const perIndex: Partial<JobSpec> = { ...indexed, backoffLimitPerIndex: 1, backoffLimit: 2147483647 };

describe('planPods creates', () => {
  it.each<[string, Given, number]>([
    ['as many as run side by side', { spec: { completions: 9, parallelism: 3 } }, 3],
    ['what is missing', { spec: { completions: 9, parallelism: 3 }, pods: [running] }, 2],
    ['no more than are left to do', { spec: { completions: 5, parallelism: 3 }, status: { succeeded: 4 } }, 1],
    ['in bursts', { spec: { completions: 9000, parallelism: 9000 } }, 500],
    ['for a failure', { spec: { completions: 2, parallelism: 2 }, pods: [running, failed] }, 1],
    ['none after a first success of an open number', { spec: { parallelism: 3 }, pods: [running, succeeded] }, 0],
    ['none before the copy is settled', { spec: { parallelism: 3 }, isSettled: false }, 0],
    ['for one that leaves', { spec: { completions: 1 }, pods: [{ isLeaving: true }] }, 1],
    [
      'none for one that leaves when only failures are replaced',
      { spec: { completions: 1, podReplacementPolicy: 'Failed' }, pods: [{ isLeaving: true }] },
      0,
    ],
  ])('%s', (_, given, count) => expect(plan(given).create).toBe(count));

  it.each<[string, Given, number[]]>([
    ['the first indexes', { spec: { ...indexed, parallelism: 2 } }, [0, 1]],
    ['the gaps', { spec: indexed, status: { completedIndexes: '0', succeeded: 1 }, pods: [{ index: 2 }] }, [1, 3]],
    ['none that failed for good', { spec: perIndex, status: { failedIndexes: '0,2' } }, [1, 3]],
    [
      'none that leaves when only failures are replaced',
      { spec: { ...indexed, podReplacementPolicy: 'Failed' }, pods: [{ index: 1, isLeaving: true }] },
      [0, 2, 3],
    ],
    [
      'those first whose back-off is over',
      { spec: perIndex, pods: [{ ...failed, index: 1, failures: 0, endedSecondsAgo: 2 }] },
      [0, 2, 3],
    ],
  ])('%s', (_, given, indexes) => expect(plan(given).indexes).toEqual(indexes));

  it.each<[string, Given, number | undefined]>([
    ['10 s after a first failure', { pods: [{ ...failed, endedSecondsAgo: 4 }], spec: { completions: 1 } }, 6000],
    [
      '20 s after a second',
      {
        pods: [{ ...failed, endedSecondsAgo: 4 }],
        spec: { completions: 1 },
        backoff: { failures: 1, lastFailureAt: now - 30_000 },
      },
      16_000,
    ],
    [
      'ten minutes at most',
      { spec: { completions: 1, backoffLimit: 50 }, backoff: { failures: 40, lastFailureAt: now } },
      600_000,
    ],
    [
      'not at all after a success',
      {
        spec: { completions: 2, parallelism: 1 },
        pods: [
          { ...failed, endedSecondsAgo: 5 },
          { ...succeeded, endedSecondsAgo: 1 },
        ],
      },
      undefined,
    ],
    [
      'for the index that is due first',
      {
        spec: { ...perIndex, completions: 2, parallelism: 2, backoffLimitPerIndex: 5 },
        pods: [
          { ...failed, index: 0, failures: 1, endedSecondsAgo: 4 },
          { ...failed, index: 1, failures: 0, endedSecondsAgo: 4 },
        ],
      },
      6000,
    ],
    ['for the deadline', { spec: { activeDeadlineSeconds: 2000 }, pods: [running] }, 200_000],
  ])('waits %s', (_, given, waitMs) => {
    const planned = plan(given);
    expect(planned.waitMs).toBe(waitMs);
    if (waitMs !== undefined) expect(planned.create).toBe(0);
  });
});

describe('planPods removes', () => {
  const removed = (given: Given): (string | undefined)[] => plan(given).remove.map(({ metadata }) => metadata.name);
  it.each<[string, Given, string[]]>([
    ['those that have come less far', { pods: [{ isReady: true }, { phase: 'Pending' }] }, ['p1']],
    ['all while suspended', { spec: { suspend: true }, pods: [running, running] }, ['p0', 'p1']],
    [
      'an index that is taken, one too high, one without',
      { spec: indexed, pods: [{ index: 0, isReady: true }, { index: 0 }, { index: 9 }, {}, { index: 3 }] },
      ['p2', 'p3', 'p1'],
    ],
    ['none for a while', { spec: { suspend: true }, pods: [running], isSettled: false }, []],
  ])('%s', (_, given, names) => expect(removed(given)).toEqual(names));
});

describe('planPods ends a Job', () => {
  const rules = (...given: object[]): Partial<JobSpec> =>
    ({ podFailurePolicy: { rules: given }, podReplacementPolicy: 'Failed' }) as Partial<JobSpec>;
  const verdictOf = (given: Given): string[] => {
    const { verdict } = plan(given);
    return verdict ? [verdict.type, verdict.reason ?? '', verdict.message ?? ''] : [];
  };
  const backoffExceeded = ['FailureTarget', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'];
  it.each<[string, Given, string[]]>([
    ['past its back-off limit', { spec: { backoffLimit: 2 }, pods: many(3, failed) }, backoffExceeded],
    ['at its limit not yet', { spec: { backoffLimit: 3 }, pods: many(3, failed) }, []],
    [
      'by what is on record',
      { spec: { backoffLimit: 2 }, status: { failed: 1, uncountedTerminatedPods: { failed: ['x'] } }, pods: [failed] },
      backoffExceeded,
    ],
    [
      'by restarts of containers',
      {
        spec: { backoffLimit: 2, template: { spec: { restartPolicy: 'OnFailure', containers: [] } } },
        pods: [{ restarts: 1 }, { restarts: 1 }],
      },
      backoffExceeded,
    ],
    [
      'at its deadline',
      { spec: { activeDeadlineSeconds: 1800 } },
      ['FailureTarget', 'DeadlineExceeded', 'Job was active longer than specified deadline'],
    ],
    ['while suspended not', { spec: { activeDeadlineSeconds: 1800, suspend: true } }, []],
    [
      'by a container',
      {
        spec: rules({ action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [1] } }),
        pods: [{ ...failed, exitCode: 7 }],
      },
      [
        'FailureTarget',
        'PodFailurePolicy',
        'Container c for pod default/p0 failed with exit code 7 matching FailJob rule at index 0',
      ],
    ],
    [
      'by a condition',
      {
        spec: rules(
          { action: 'Ignore', onExitCodes: { operator: 'In', values: [9] } },
          { action: 'FailJob', onPodConditions: [{ type: 'ConfigIssue', status: 'True' }] },
        ),
        pods: [{ ...failed, condition: 'ConfigIssue' }],
      },
      [
        'FailureTarget',
        'PodFailurePolicy',
        'Pod default/p0 has condition ConfigIssue matching FailJob rule at index 1',
      ],
    ],
    [
      'for a disruption not',
      {
        spec: {
          ...rules({ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }),
          backoffLimit: 0,
        },
        pods: [{ ...failed, condition: 'DisruptionTarget' }],
      },
      [],
    ],
    [
      'by the number of failed indexes',
      {
        spec: { ...perIndex, maxFailedIndexes: 1 },
        pods: [
          { ...failed, index: 0, failures: 1 },
          { ...failed, index: 2, failures: 1 },
        ],
      },
      ['FailureTarget', 'MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes'],
    ],
    [
      'when no index is left',
      {
        spec: perIndex,
        status: { completedIndexes: '0-2', succeeded: 3 },
        pods: [{ ...failed, index: 3, failures: 1 }],
      },
      ['FailureTarget', 'FailedIndexes', 'Job has failed indexes'],
    ],
    [
      'by an index that its policy gives up',
      {
        spec: {
          ...perIndex,
          completions: 1,
          ...rules({ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }),
        },
        pods: [{ ...failed, index: 0, failures: 0 }],
      },
      ['FailureTarget', 'FailedIndexes', 'Job has failed indexes'],
    ],
    [
      'by its success policy',
      {
        spec: {
          ...indexed,
          successPolicy: { rules: [{ succeededCount: 3 }, { succeededIndexes: '1-3', succeededCount: 1 }] },
        },
        pods: [{ ...succeeded, index: 2 }],
      },
      ['SuccessCriteriaMet', 'SuccessPolicy', 'Matched rules at index 1'],
    ],
    [
      'as it has been decided',
      { status: { conditions: [{ type: 'FailureTarget', status: 'True', reason: 'R', message: 'M' }] } },
      ['Failed', 'R', 'M'],
    ],
  ])('%s', (_, given, verdict) => expect(verdictOf(given)).toEqual(verdict));

  it.each<[string, Given, boolean]>([
    ['all done', { spec: { completions: 2 }, pods: [succeeded, succeeded] }, true],
    ['not all done', { spec: { completions: 2 }, pods: [succeeded] }, false],
    ['some still running', { spec: {}, pods: [succeeded, running] }, false],
    ['one of an open number', { spec: {}, pods: [succeeded] }, true],
    [
      'indexes',
      { spec: { ...indexed, completions: 2 }, status: { completedIndexes: '1' }, pods: [{ ...succeeded, index: 0 }] },
      true,
    ],
    ['an index twice', { spec: { ...indexed, completions: 2 }, pods: many(2, { ...succeeded, index: 0 }) }, false],
  ])('complete: %s', (_, { spec, status, pods = [] }, isComplete) => {
    const observed = observeJob(jobWith(spec, status), podsOf(pods));
    const condition = judgeCompletion(observed, observed.active.length, now);
    expect(condition?.reason).toBe(isComplete ? 'CompletionsReached' : undefined);
    if (condition) expect(condition.lastTransitionTime).toBe(secondsAgo(0).replace('.000', ''));
  });
});
