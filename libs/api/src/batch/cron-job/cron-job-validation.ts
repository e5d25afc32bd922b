import { field } from '../../errors/field-error';
import type { FieldError } from '../../errors/field-error';
import type { CronJob } from '../../meta/json-types';
import { maxLengthError } from '../../meta/names';
import { validateNonNegative } from '../../validation/checks';
import { parseCronSchedule } from '../cron/cron-schedule';
import { timeZone } from '../cron/time-zone';
import { validateJobSpec } from '../job/job-spec-validation';

type CronJobSpec = NonNullable<CronJob['spec']>;

/** Names of Jobs are 11 characters longer: a dash and the minute. */
const maxNameLength = 63 - 11;

export function validateCronJob(cronJob: CronJob): FieldError[] {
  const { name = '' } = cronJob.metadata;
  const errors = validateSpec(cronJob.spec, undefined);
  if (name.length > maxNameLength) errors.push(field.invalid('metadata.name', name, maxLengthError(maxNameLength)));
  return errors;
}

/** Names that were too long once are not held against an update. */
export const validateCronJobUpdate = (cronJob: CronJob, old: Readonly<CronJob>): FieldError[] =>
  validateSpec(cronJob.spec, old.spec);

function validateSpec(spec: CronJobSpec | undefined, old: CronJobSpec | undefined): FieldError[] {
  if (!spec) return [field.required('spec')];
  return [
    ...validateSchedule(spec, old),
    ...validateNonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...(old && old.timeZone === spec.timeZone ? [] : validateTimeZone(spec.timeZone)),
    ...validateConcurrencyPolicy(spec.concurrencyPolicy),
    ...validateTemplate(spec),
    ...validateNonNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...validateNonNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

function validateSchedule({ schedule, timeZone: zone }: CronJobSpec, old: CronJobSpec | undefined): FieldError[] {
  const path = 'spec.schedule';
  if (!schedule) return [field.required(path)];
  const errors: FieldError[] = [];
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    errors.push(field.invalid(path, schedule, (error as Error).message));
  }
  if (!schedule.includes('TZ')) return errors;
  if (!old?.schedule.includes('TZ')) {
    const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    errors.push(field.invalid(path, schedule, detail));
  } else if (zone !== undefined) {
    errors.push(field.invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  }
  return errors;
}

function validateTimeZone(name: string | undefined): FieldError[] {
  const path = 'spec.timeZone';
  if (name === undefined) return [];
  if (name === '') return [field.invalid(path, name, 'timeZone must be nil or non-empty string')];
  // https://data.iana.org/time-zones/theory.html#naming, with what legacy names also hold.
  const isName = (part: string): boolean =>
    part !== '.' && part !== '..' && !part.startsWith('-') && /^[A-Za-z.\-_0-9+]{1,14}$/.test(part);
  if (!name.split('/').every(isName)) return [field.invalid(path, name, `unknown time zone ${name}`)];
  if (name.toLowerCase() === 'local') {
    const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [field.invalid(path, name, detail)];
  }
  try {
    timeZone(name);
    return [];
  } catch (error) {
    return [field.invalid(path, name, (error as Error).message)];
  }
}

const policies = ['Allow', 'Forbid', 'Replace'];

function validateConcurrencyPolicy(policy: string | undefined): FieldError[] {
  const path = 'spec.concurrencyPolicy';
  if (!policy) return [field.required(path)];
  return policies.includes(policy) ? [] : [field.notSupported(path, policy, policies)];
}

/** A template's selector is made anew for each Job. */
function validateTemplate({ jobTemplate }: CronJobSpec): FieldError[] {
  const path = 'spec.jobTemplate.spec';
  const spec = jobTemplate?.spec;
  if (!spec) return [field.required(`${path}.template`)];
  const errors = validateJobSpec(spec, path);
  if (spec.selector) {
    errors.push(field.invalid(`${path}.selector`, spec.selector, '`selector` will be auto-generated'));
  }
  if (spec.manualSelector) errors.push(field.notSupported(`${path}.manualSelector`, true, ['nil', 'false']));
  return errors;
}
