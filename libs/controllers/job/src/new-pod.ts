import {
  completionIndexAnnotation,
  controllerReference,
  indexFailureCountAnnotation,
  indexIgnoredFailureCountAnnotation,
  jobTrackingFinalizer,
  type Container,
  type Pod,
  type PodTemplateSpec,
} from '@nestor/api';
import { countedFailures, ignoredFailures } from './backoff';
import { hasLimitPerIndex, type ObservedJob, type ObservedPod } from './job-state';
import { judgeFailure } from './pod-failure-policy';

const indexVariable = 'JOB_COMPLETION_INDEX';
/** Names end in five letters of the server's, and a hostname is a label. */
const maxNameLength = 63 - 5;

/** A pod of the Job's template, held until its end is counted. */
export function newPod(job: ObservedJob, index?: number, replaced?: ObservedPod): Pod {
  const { metadata, spec } = structuredClone(job.spec?.template ?? {}) as PodTemplateSpec;
  const finalizers = metadata?.finalizers ?? [];
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${job.metadata.name}-`,
      namespace: job.metadata.namespace,
      labels: metadata?.labels,
      annotations: metadata?.annotations,
      finalizers: finalizers.includes(jobTrackingFinalizer) ? finalizers : [...finalizers, jobTrackingFinalizer],
      ownerReferences: [controllerReference(job)],
    },
    spec,
  };
  if (index !== undefined) setIndex(pod, job, index, replaced);
  return pod;
}

function setIndex({ metadata, spec }: Pod, job: ObservedJob, index: number, replaced: ObservedPod | undefined): void {
  const text = String(index);
  metadata.generateName = indexedPrefix(job.metadata.name ?? '', index);
  metadata.labels = { ...metadata.labels, [completionIndexAnnotation]: text };
  metadata.annotations = {
    ...metadata.annotations,
    [completionIndexAnnotation]: text,
    ...(hasLimitPerIndex(job) && failureCounts(job, replaced)),
  };
  if (!spec) return;
  spec.hostname = `${job.metadata.name}-${index}`;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) addIndexVariable(container);
}

function indexedPrefix(name: string, index: number): string {
  const suffix = `-${index}-`;
  return name.slice(0, maxNameLength - suffix.length) + suffix;
}

function addIndexVariable(container: Container): void {
  if (container.env?.some(({ name }) => name === indexVariable)) return;
  const fieldPath = `metadata.labels['${completionIndexAnnotation}']`;
  container.env = [...(container.env ?? []), { name: indexVariable, valueFrom: { fieldRef: { fieldPath } } }];
}

/** A pod carries how often its index failed before it, as the one it replaces goes. */
function failureCounts(job: ObservedJob, replaced: ObservedPod | undefined): Record<string, string> {
  if (!replaced) return { [indexFailureCountAnnotation]: '0' };
  const { isCounted } = judgeFailure(job, replaced);
  const counted = countedFailures(replaced) + (isCounted ? 1 : 0);
  const ignored = ignoredFailures(replaced) + (isCounted ? 0 : 1);
  return {
    [indexFailureCountAnnotation]: String(counted),
    ...(ignored > 0 && { [indexIgnoredFailureCountAnnotation]: String(ignored) }),
  };
}
