import { atomic, inPackage, initially, mergeMap, named, pointer, set, struct } from './overlay';
import type { Overlay } from './overlay';

/** k8s.io/api/batch/v1; defaults that hang on other fields are the kinds' own. */
export const batchOverlay: Overlay = inPackage('io.k8s.api.batch.v1.', {
  Job: { metadata: struct, spec: struct, status: struct },
  JobList: { metadata: struct },
  JobSpec: {
    completionMode: named('CompletionMode'),
    podReplacementPolicy: named('PodReplacementPolicy'),
    template: struct,
  },
  JobStatus: { conditions: { ...mergeMap('type'), listType: 'atomic', listMapKeys: undefined } },
  JobCondition: { status: named('ConditionStatus', ''), type: named('JobConditionType', '') },
  UncountedTerminatedPods: {
    failed: { ...set, items: { type: 'string', goType: 'types.UID' } },
    succeeded: { ...set, items: { type: 'string', goType: 'types.UID' } },
  },
  PodFailurePolicy: { rules: atomic },
  PodFailurePolicyRule: { action: named('PodFailurePolicyAction', ''), onPodConditions: atomic },
  PodFailurePolicyOnExitCodesRequirement: {
    operator: named('PodFailurePolicyOnExitCodesOperator', ''),
    values: set,
  },
  PodFailurePolicyOnPodConditionsPattern: {
    status: named('ConditionStatus', ''),
    type: named('PodConditionType', ''),
  },
  SuccessPolicy: { rules: atomic },
  JobTemplateSpec: { metadata: struct, spec: struct },
  CronJob: { metadata: struct, spec: struct, status: struct },
  CronJobList: { metadata: struct },
  CronJobSpec: {
    concurrencyPolicy: named('ConcurrencyPolicy'),
    jobTemplate: struct,
    schedule: initially(''),
  },
  CronJobStatus: { active: atomic, lastScheduleTime: pointer, lastSuccessfulTime: pointer },
});
