import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Container, Pod, PodSpec } from '../../../meta/json-types';
import { semanticEqual } from '../../../meta/semantic-equal';
import type { StrategyContext } from '../../../resource-definition';
import { unifiedDiff } from '../../../validation/unified-diff';
import { validateEphemeralUpdate, validateResize } from '../pod-parts';
import { validatePod } from './pod';
import { validateClaimStatuses, validateExtendedClaimStatus } from './resource-claims';

const updatable =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function validateCounts(pod: Pod, old: Readonly<Pod>): FieldError[] {
  const lists = ['containers', 'initContainers'] as const;
  return lists
    .filter((name) => (pod.spec?.[name] ?? []).length !== (old.spec?.[name] ?? []).length)
    .map((name) => field.forbidden(`spec.${name}`, 'pod updates may not add or remove containers'));
}

function validateImages(pod: Pod): FieldError[] {
  return (['containers', 'initContainers'] as const).flatMap((name) =>
    (pod.spec?.[name] ?? []).flatMap((container, index) =>
      container.image ? [] : [field.required(`spec.${name}[${index}].image`)],
    ),
  );
}

function validateDeadline(pod: Pod, old: Readonly<Pod>): FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  const [next, before] = [pod.spec?.activeDeadlineSeconds, old.spec?.activeDeadlineSeconds];
  if (next !== undefined && next < 0) return [field.invalid(path, next, 'must be greater than or equal to 0')];
  if (before === undefined || next === before) return [];
  return [
    next === undefined
      ? field.invalid(path, null, 'must not update from a positive integer to nil value')
      : field.invalid(path, next, 'must be less than or equal to previous value'),
  ].filter(() => next === undefined || next > before);
}

/** Existing tolerations stay; only the seconds of one may change. */
function validateTolerations(pod: Pod, old: Readonly<Pod>): FieldError[] {
  const kept = (one: object): string => JSON.stringify({ ...one, tolerationSeconds: undefined });
  const now = new Set((pod.spec?.tolerations ?? []).map(kept));
  return (old.spec?.tolerations ?? []).every((one) => now.has(kept(one)))
    ? []
    : [field.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function withImagesOf(
  containers: readonly Container[] | undefined,
  from: readonly Container[] | undefined,
): Container[] {
  return (containers ?? []).map((container, index) => ({ ...container, image: from?.[index]?.image }));
}

/** The new spec with everything that may change put back as it was: what still differs must not. */
function munged(pod: Pod, old: Readonly<Pod>): PodSpec {
  const spec = { ...(pod.spec as PodSpec) };
  const before = old.spec as PodSpec;
  spec.containers = withImagesOf(spec.containers, before.containers);
  if (spec.initContainers) spec.initContainers = withImagesOf(spec.initContainers, before.initContainers);
  spec.activeDeadlineSeconds = before.activeDeadlineSeconds;
  spec.tolerations = before.tolerations;
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    spec.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds;
  }
  if (before.schedulingGates?.length) {
    spec.schedulingGates = before.schedulingGates;
    // A gated pod may still be narrowed.
    spec.nodeSelector = before.nodeSelector;
    spec.affinity = before.affinity;
  }
  return spec;
}

function validateGates(pod: Pod, old: Readonly<Pod>): FieldError[] {
  const before = new Set((old.spec?.schedulingGates ?? []).map(({ name }) => name));
  const added = (pod.spec?.schedulingGates ?? []).filter(({ name }) => !before.has(name)).map(({ name }) => name);
  return added.length
    ? [
        field.forbidden(
          'spec.schedulingGates',
          `only deletion is allowed, but found new scheduling gates '${added.join(', ')}'`,
        ),
      ]
    : [];
}

function withoutNew(pod: Pod, old: Readonly<Pod>): FieldError[] {
  const counts = validateCounts(pod, old);
  if (counts.length) return counts;
  const errors = [
    ...validateImages(pod),
    ...validateDeadline(pod, old),
    ...validateTolerations(pod, old),
    ...validateGates(pod, old),
  ];
  const rest = munged(pod, old);
  if (!semanticEqual(rest, old.spec)) {
    errors.push(field.forbidden('spec', `${updatable}\n${unifiedDiff(old.spec, rest)}`));
  }
  return errors;
}

/** ValidatePodUpdate: a pod is what it was made as, but for a handful of fields. */
export function validatePodUpdate(pod: Pod, old: Readonly<Pod>, context: StrategyContext): FieldError[] {
  if (!pod.spec) return [field.required('spec.containers')];
  if (context.subresource === 'ephemeralcontainers') return [...validatePod(pod), ...validateEphemeralUpdate(pod, old)];
  if (context.subresource === 'resize') return [...validatePod(pod), ...validateResize(pod, old)];
  return withoutNew(pod, old);
}

/** ValidatePodStatusUpdate: a container that may not restart stays ended. */
export function validatePodStatusUpdate(pod: Pod, old: Readonly<Pod>): FieldError[] {
  const errors: FieldError[] = [];
  if (old.spec?.nodeName !== pod.spec?.nodeName) {
    errors.push(field.forbidden('status.nodeName', 'may not be changed directly'));
  }
  if (old.status?.qosClass && pod.status?.qosClass && old.status.qosClass !== pod.status.qosClass) {
    errors.push(field.invalid('status.qosClass', pod.status.qosClass, 'field is immutable'));
  }
  errors.push(...validateClaimStatuses(pod.status, pod.spec), ...validateExtendedClaimStatus(pod.status, pod.spec));
  if (old.spec?.restartPolicy === 'Always') return errors;
  (old.status?.containerStatuses ?? []).forEach((before, index) => {
    const now = pod.status?.containerStatuses?.find(({ name }) => name === before.name);
    if (!before.state?.terminated || !now) return;
    if (old.spec?.restartPolicy === 'OnFailure' && before.state.terminated.exitCode !== 0) return;
    if (!now.state?.terminated) {
      errors.push(
        field.forbidden(`status.containerStatuses[${index}].state`, 'may not be transitioned to non-terminated state'),
      );
    }
  });
  return errors;
}
