import { jobTrackingFinalizer, type Job, type JobSpec, type JobStatus, type Pod } from '@nestor/api';

export const now = Date.parse('2026-01-01T01:00:00Z');
export const startTime = '2026-01-01T00:30:00Z';
export const secondsAgo = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

/** A Job as the API server would hold it. */
export function jobWith(spec: Partial<JobSpec> = {}, status: JobStatus = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'default', uid: 'job' },
    spec: {
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      podReplacementPolicy: 'TerminatingOrFailed',
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c' }] } },
      ...spec,
    },
    status: { startTime, ...status },
  };
}

export interface PodTraits {
  phase?: string;
  index?: number;
  failures?: number;
  endedSecondsAgo?: number;
  exitCode?: number;
  condition?: string;
  isLeaving?: boolean;
  isReady?: boolean;
  isReleased?: boolean;
  restarts?: number;
}

export function podWith(name: string, traits: PodTraits = {}): Pod {
  const { phase = 'Running', index, failures, exitCode = 1, restarts = 0 } = traits;
  const hasEnded = phase === 'Failed' || phase === 'Succeeded';
  const terminated = { exitCode, finishedAt: secondsAgo(traits.endedSecondsAgo ?? 3600) };
  const prefix = 'batch.kubernetes.io/job-';
  const condition = traits.condition ?? (traits.isReady ? 'Ready' : undefined);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      creationTimestamp: secondsAgo(7200),
      finalizers: traits.isReleased ? [] : [jobTrackingFinalizer],
      ...(traits.isLeaving && { deletionTimestamp: secondsAgo(60) }),
      annotations: {
        ...(index !== undefined && { [`${prefix}completion-index`]: String(index) }),
        ...(failures !== undefined && { [`${prefix}index-failure-count`]: String(failures) }),
      },
    },
    spec: { containers: [{ name: 'c' }], nodeName: 'n' },
    status: {
      phase,
      conditions: condition ? [{ type: condition, status: 'True' }] : [],
      containerStatuses: [
        {
          name: 'c',
          image: '',
          imageID: '',
          ready: false,
          restartCount: restarts,
          state: hasEnded ? { terminated } : {},
        },
      ],
    },
  };
}
