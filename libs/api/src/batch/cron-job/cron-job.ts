import { containerCells, workloadColumns } from '../../apps/workload-cells';
import { ageSince } from '../../meta/human-duration';
import type { CronJob } from '../../meta/json-types';
import { formatLabelSelector } from '../../meta/label-selector';
import { semanticEqual } from '../../meta/semantic-equal';
import { age, ageColumn, column, defineKind, nameColumn, orNone } from '../../registry/define-kind';
import type { StrategyContext } from '../../resource-definition';
import { setJobTemplateDefaults } from '../job/job-defaults';
import { jobSpecWarnings, nameWarnings } from '../job/job-warnings';
import { validateCronJob, validateCronJobUpdate } from './cron-job-validation';

function setDefaults(cronJob: CronJob): void {
  const { spec } = cronJob;
  if (!spec) return;
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  if (spec.jobTemplate?.spec) setJobTemplateDefaults(spec.jobTemplate.spec, cronJob);
}

function prepareForUpdate(cronJob: CronJob, old: Readonly<CronJob>, { subresource }: StrategyContext): void {
  if (subresource === 'status') cronJob.spec = old.spec;
  else cronJob.status = old.status;
}

function warnings(cronJob: CronJob, old?: Readonly<CronJob>): string[] {
  const { spec } = cronJob;
  if (old && semanticEqual(spec, old.spec)) return [];
  const template = jobSpecWarnings(spec?.jobTemplate?.spec, 'spec.jobTemplate.spec');
  return old ? template : [...nameWarnings(cronJob.metadata.name), ...template];
}

function cells(cronJob: CronJob, now: Date): unknown[] {
  const { spec, status } = cronJob;
  const last = status?.lastScheduleTime;
  return [
    cronJob.metadata.name,
    spec?.schedule,
    orNone(spec?.timeZone),
    spec?.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
    status?.active?.length ?? 0,
    last ? ageSince(last, now) : '<none>',
    age(cronJob, now),
    ...containerCells(spec?.jobTemplate?.spec?.template),
    formatLabelSelector(spec?.jobTemplate?.spec?.selector),
  ];
}

export const cronJobDefinition = defineKind({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.batch.v1.CronJob',
  hasStatus: true,
  hasGeneration: true,
  strategy: {
    setDefaults,
    prepareForCreate: (cronJob: CronJob) => void (cronJob.status = {}),
    prepareForUpdate,
    validate: validateCronJob,
    validateUpdate: (cronJob: CronJob, old: CronJob, { subresource }: StrategyContext) =>
      subresource === 'status' ? [] : validateCronJobUpdate(cronJob, old),
    warnings,
  },
  columns: [
    nameColumn,
    column('Schedule', 'string', 'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.'),
    column(
      'Timezone',
      'string',
      'The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones.',
    ),
    column(
      'Suspend',
      'boolean',
      'This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.  Defaults to false.',
    ),
    column('Active', 'integer', 'A list of pointers to currently running jobs.'),
    column('Last Schedule', 'string', 'Information when was the last time the job was successfully scheduled.'),
    ageColumn,
    ...workloadColumns,
  ],
  cells,
});
