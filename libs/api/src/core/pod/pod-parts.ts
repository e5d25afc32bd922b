import { field, FieldError } from '../../errors/field-error';
import type { Container, Pod, PodSpec } from '../../meta/json-types';
import { semanticEqual } from '../../meta/semantic-equal';
import { unifiedDiff } from '../../validation/unified-diff';
import { podQosClass } from './pod-qos';

/** What `pods/resize` may write: the resources of the containers. All else stays as it was, without an error. */
export function keepAllButResources(pod: Pod, old: Readonly<Pod>): void {
  const asked = pod.spec;
  const spec = keepAll(pod, old);
  const resized = (now: readonly Container[] | undefined, before: readonly Container[]): Container[] =>
    before.map((container) => {
      const found = now?.find(({ name }) => name === container.name);
      if (!found) return container;
      const { resources, resizePolicy } = found;
      return { ...container, resources, ...(resizePolicy ? { resizePolicy } : {}) };
    });
  spec.containers = resized(asked?.containers, spec.containers);
  if (spec.initContainers) spec.initContainers = resized(asked?.initContainers, spec.initContainers);
}

/** What `pods/ephemeralcontainers` may write: the list of ephemeral containers. */
export function keepAllButEphemeralContainers(pod: Pod, old: Readonly<Pod>): void {
  const asked = pod.spec?.ephemeralContainers;
  keepAll(pod, old).ephemeralContainers = asked;
}

function keepAll(pod: Pod, old: Readonly<Pod>): PodSpec {
  const { labels, annotations, finalizers, ownerReferences } = old.metadata;
  Object.assign(pod.metadata, { labels, annotations, finalizers, ownerReferences });
  pod.status = old.status;
  pod.spec = { ...(old.spec as PodSpec) };
  return pod.spec;
}

/** ValidatePodResize, for what is left to refuse: a class that decides about eviction is given once. */
export function validateResize(pod: Pod, old: Readonly<Pod>): FieldError[] {
  const now = podQosClass(pod);
  const before = old.status?.qosClass ?? podQosClass(old);
  return now === before ? [] : [field.invalid('spec', now, 'Pod QOS Class may not change as a result of resizing')];
}

/** ValidatePodEphemeralContainersUpdate: they are only ever added. */
export function validateEphemeralUpdate(pod: Pod, old: Readonly<Pod>): FieldError[] {
  const path = 'spec.ephemeralContainers';
  return (old.spec?.ephemeralContainers ?? []).flatMap((before) => {
    const now = pod.spec?.ephemeralContainers?.find(({ name }) => name === before.name);
    const which = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (!now) return [field.forbidden(path, `${which} may not be removed\n`)];
    if (semanticEqual(now, before)) return [];
    return [field.forbidden(path, `${which} may not be changed\n${unifiedDiff(before, now)}`)];
  });
}
