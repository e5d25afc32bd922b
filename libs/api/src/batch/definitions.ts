import type { ResourceDefinition } from '../resource-definition';
import { cronJobDefinition } from './cron-job/cron-job';
import { jobDefinition } from './job/job';

export const batchDefinitions: readonly ResourceDefinition[] = [cronJobDefinition, jobDefinition];
