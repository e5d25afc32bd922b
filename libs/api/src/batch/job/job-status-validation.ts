import { field, omitValue } from '../../errors/field-error';
import type { FieldError } from '../../errors/field-error';
import { isConditionTrue } from '../../meta/conditions';
import type { Job, JobStatus } from '../../meta/json-types';
import { semanticEqual } from '../../meta/semantic-equal';
import { validateNonNegative } from '../../validation/checks';
import { validateIndexLists } from './job-index-validation';

type Status = Partial<JobStatus>;
interface Change {
  job: Job;
  status: Status;
  old: Status;
}

const isTrue = ({ conditions }: Status, type: string): boolean => isConditionTrue(conditions, type);
const isFinished = (status: Status): boolean => isTrue(status, 'Complete') || isTrue(status, 'Failed');
const wrongConditions = (detail: string): FieldError => field.invalid('status.conditions', omitValue, detail);

/**
 * ValidateJobUpdateStatus. Most rules look only at what the update changes: a status that breaks one already, because
 * the spec has just moved on, can still be mended step by step.
 */
export function validateJobStatusUpdate(job: Job, oldJob: Readonly<Job>): FieldError[] {
  const change: Change = { job, status: job.status ?? {}, old: oldJob.status ?? {} };
  return [
    ...validateCounts(change.status),
    ...validateUncounted(change.status),
    ...validateConditions(change),
    ...validateTimes(change),
    ...validateFinished(change),
    ...validateIndexLists(job, change.old),
    ...validateProgress(change),
  ];
}

function validateCounts(status: Status): FieldError[] {
  const names = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;
  return names.flatMap((name) => validateNonNegative(status[name], `status.${name}`));
}

function validateUncounted({ uncountedTerminatedPods: uncounted }: Status): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (uncounted?.[list] ?? []).flatMap((uid, index) => {
      const path = `status.uncountedTerminatedPods.${list}[${index}]`;
      if (uid === '') return [field.invalid(path, uid, 'must not be empty')];
      if (seen.has(uid)) return [field.duplicate(path, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

function validateConditions({ job, status, old }: Change): FieldError[] {
  const changed = (type: string): boolean => isTrue(status, type) !== isTrue(old, type);
  const [complete, failed] = [isTrue(status, 'Complete'), isTrue(status, 'Failed')];
  const [met, target] = [isTrue(status, 'SuccessCriteriaMet'), isTrue(status, 'FailureTarget')];
  const rules: [isBroken: boolean, detail: string][] = [
    [
      (changed('Complete') || changed('Failed')) && complete && failed,
      'cannot set Complete=True and Failed=true conditions',
    ],
    [
      (changed('Complete') || changed('FailureTarget')) && complete && target,
      'cannot set Complete=True and FailureTarget=true conditions',
    ],
    [
      (changed('Failed') || changed('FailureTarget')) && failed && !target,
      'cannot set Failed=True condition without the FailureTarget=true condition',
    ],
    [
      (changed('Complete') || changed('SuccessCriteriaMet')) && complete && !met,
      'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
    [met && failed, 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    [met && target, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
    [
      !!job.spec?.successPolicy && !met && complete,
      'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
    ],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, detail]) => wrongConditions(detail));
}

function validateTimes({ status, old }: Change): FieldError[] {
  const { startTime, completionTime } = status;
  const complete = isTrue(status, 'Complete');
  const errors: FieldError[] = [];
  const ends = complete !== isTrue(old, 'Complete') || completionTime !== old.completionTime;
  if (ends && completionTime && !complete) {
    const detail = 'cannot set completionTime when there is no Complete=True condition';
    errors.push(field.invalid('status.completionTime', completionTime, detail));
  }
  if (ends && !completionTime && complete) {
    errors.push(field.required('status.completionTime', 'completionTime is required for Complete jobs'));
  }
  const moved = startTime !== old.startTime || completionTime !== old.completionTime;
  if (moved && startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime)) {
    errors.push(field.invalid('status.completionTime', completionTime, 'must be equal to or after `startTime`'));
  }
  return errors;
}

function validateFinished({ status, old }: Change): FieldError[] {
  const finished = isFinished(status);
  const ends = finished !== isFinished(old);
  const errors: FieldError[] = [];
  const { active = 0, ready = 0, terminating = 0, uncountedTerminatedPods: uncounted } = status;
  const touched = (name: keyof JobStatus): boolean => ends || !semanticEqual(status[name], old[name]);
  if (finished && touched('active') && active > 0) {
    errors.push(field.invalid('status.active', active, 'active>0 is invalid for finished job'));
  }
  if (finished && touched('startTime') && !status.startTime) {
    errors.push(field.required('status.startTime', 'startTime is required for finished job'));
  }
  if (finished && touched('uncountedTerminatedPods') && (uncounted?.succeeded?.length || uncounted?.failed?.length)) {
    errors.push(field.invalid('status.uncountedTerminatedPods', uncounted, 'must be empty for finished job'));
  }
  if (finished && touched('terminating') && terminating > 0) {
    errors.push(field.invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  }
  if ((ready !== (old.ready ?? 0) || active !== (old.active ?? 0)) && ready > active) {
    errors.push(field.invalid('status.ready', ready, 'cannot set more ready pods than active'));
  }
  return errors;
}

/** What has happened cannot be taken back. */
function validateProgress(change: Change): FieldError[] {
  const { job, status, old } = change;
  const errors = ['Failed', 'Complete', 'FailureTarget']
    .filter((type) => isTrue(old, type) && !isTrue(status, type))
    .map((type) => wrongConditions(`cannot disable the terminal ${type}=True condition`));
  const decreases = (name: 'failed' | 'succeeded'): boolean => (status[name] ?? 0) < (old[name] ?? 0);
  if (decreases('failed')) {
    errors.push(field.invalid('status.failed', status.failed ?? 0, 'cannot decrease the failed counter'));
  }
  const { completionMode, completions, parallelism } = job.spec ?? {};
  // Indexes go when an indexed Job is made smaller.
  if (decreases('succeeded') && (completionMode !== 'Indexed' || completions !== parallelism)) {
    errors.push(field.invalid('status.succeeded', status.succeeded ?? 0, 'cannot decrease the succeeded counter'));
  }
  if (status.completionTime && old.completionTime && status.completionTime !== old.completionTime) {
    errors.push(field.invalid('status.completionTime', status.completionTime, 'field is immutable'));
  }
  return [...errors, ...validateStartTimeKept(change), ...validateSuccessKept(change)];
}

/** The start moves only when a suspended Job goes on: its deadline counts from there. */
function validateStartTimeKept({ job, status, old }: Change): FieldError[] {
  const resumes = isTrue(old, 'Suspended') && !isTrue(status, 'Suspended');
  if (!old.startTime || status.startTime === old.startTime || job.spec?.suspend || resumes) return [];
  return [field.required('status.startTime', 'startTime cannot be removed for unsuspended job')];
}

function validateSuccessKept({ status, old }: Change): FieldError[] {
  const [met, was] = [isTrue(status, 'SuccessCriteriaMet'), isTrue(old, 'SuccessCriteriaMet')];
  if (was && !met) return [wrongConditions('cannot disable the SuccessCriteriaMet=True condition')];
  if (isTrue(old, 'Complete') && !was && met) {
    return [wrongConditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions')];
  }
  return [];
}
