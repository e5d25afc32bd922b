/** Well-known names of k8s.io/api/batch/v1/types.go. */
export const controllerUidLabel = 'batch.kubernetes.io/controller-uid';
export const jobNameLabel = 'batch.kubernetes.io/job-name';
export const legacyControllerUidLabel = 'controller-uid';
export const legacyJobNameLabel = 'job-name';

export const jobTrackingFinalizer = 'batch.kubernetes.io/job-tracking';
/** Annotation and label of an indexed Job's pod. */
export const completionIndexAnnotation = 'batch.kubernetes.io/job-completion-index';
export const indexFailureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count';
export const indexIgnoredFailureCountAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count';
export const cronJobScheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** spec.managedBy of the Jobs that the built-in controller keeps. */
export const jobControllerName = 'kubernetes.io/job-controller';
