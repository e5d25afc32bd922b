import { containerCells } from '../../apps/workload-cells';
import { isConditionTrue } from '../../meta/conditions';
import { humanDuration } from '../../meta/human-duration';
import type { Job } from '../../meta/json-types';
import { formatLabelSelector } from '../../meta/label-selector';
import { age } from '../../registry/define-kind';

export function jobCells(job: Job, now: Date): unknown[] {
  return [
    job.metadata.name,
    statusText(job),
    completionsText(job),
    durationText(job, now),
    age(job, now),
    ...containerCells(job.spec?.template),
    formatLabelSelector(job.spec?.selector),
  ];
}

function statusText({ metadata, status }: Job): string {
  const is = (type: string): boolean => isConditionTrue(status?.conditions, type);
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(is) ?? 'Running';
}

function completionsText({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: Job, now: Date): string {
  if (!status?.startTime) return '';
  const end = status.completionTime ? Date.parse(status.completionTime) : now.getTime();
  return humanDuration(end - Date.parse(status.startTime));
}
