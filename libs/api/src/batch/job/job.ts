import { workloadColumns } from '../../apps/workload-cells';
import type { Job } from '../../meta/json-types';
import { ageColumn, column, defineKind, nameColumn } from '../../registry/define-kind';
import type { StrategyContext } from '../../resource-definition';
import { setJobDefaults, takeTemplateLabels } from './job-defaults';
import { generateSelector, renameLabels } from './job-selector';
import { validateJobStatusUpdate } from './job-status-validation';
import { jobCells } from './job-table';
import { validateJob, validateJobUpdate } from './job-validation';
import { jobWarnings } from './job-warnings';

function prepareForCreate(job: Job): void {
  generateSelector(job);
  takeTemplateLabels(job);
  job.status = {};
}

function prepareForUpdate(job: Job, old: Readonly<Job>, { subresource }: StrategyContext): void {
  if (subresource === 'status') job.spec = old.spec;
  else job.status = old.status;
}

export const jobDefinition = defineKind({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.batch.v1.Job',
  hasStatus: true,
  hasGeneration: true,
  strategy: {
    setDefaults: setJobDefaults,
    prepareForCreate,
    renamed: renameLabels,
    prepareForUpdate,
    validate: (job: Job) => validateJob(job),
    validateUpdate: (job: Job, old: Job, { subresource }: StrategyContext) =>
      subresource === 'status' ? validateJobStatusUpdate(job, old) : validateJobUpdate(job, old),
    warnings: jobWarnings,
    // As batch/v1 does for the sake of old clients; kubectl asks for Background itself.
    defaultPropagation: 'Orphan',
  },
  columns: [
    nameColumn,
    column('Status', 'string', 'Status of the job.'),
    column('Completions', 'string', 'The number of pods which reached phase Succeeded.'),
    column('Duration', 'string', 'Time required to complete the job.'),
    ageColumn,
    ...workloadColumns,
  ],
  cells: jobCells,
  selectableFields: (job: Job) => ({ 'status.successful': String(job.status?.succeeded ?? 0) }),
  selectableFieldNames: ['status.successful'],
});
