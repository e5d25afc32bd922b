import type { FieldError } from '../../errors/field-error';
import { isConditionTrue } from '../../meta/conditions';
import type { Job, PodSpec, PodTemplateSpec } from '../../meta/json-types';
import { validateImmutable } from '../../validation/checks';

/**
 * The template is fixed, but for what places pods and what they ask for while the Job is suspended and none of its
 * pods runs: a queueing system decides these before it lets the Job go.
 */
export function validateTemplateUpdate(job: Job, old: Readonly<Job>): FieldError[] {
  const template = job.spec?.template;
  const before = old.spec?.template;
  if (!template?.spec || !before?.spec || !isAtRest(old)) return validateImmutable(template, before, 'spec.template');
  const allowed = withContainerResources(withDirectives(before.spec, template), template.spec);
  return validateImmutable(template.spec, allowed, 'spec.template.spec');
}

function isAtRest({ spec, status }: Readonly<Job>): boolean {
  if (!spec?.suspend) return false;
  if (!status?.startTime) return true;
  return isConditionTrue(status.conditions, 'Suspended') && !status.active;
}

function withDirectives(old: PodSpec, { spec }: PodTemplateSpec): PodSpec {
  const { nodeSelector, tolerations, schedulingGates } = spec ?? {};
  const { nodeAffinity: _held, ...others } = old.affinity ?? {};
  const nodeAffinity = spec?.affinity?.nodeAffinity;
  const affinity = { ...others, ...(nodeAffinity && { nodeAffinity }) };
  return { ...old, nodeSelector, tolerations, schedulingGates, affinity };
}

function withContainerResources(old: PodSpec, { containers, initContainers }: PodSpec): PodSpec {
  const take = <C extends { name: string; resources?: unknown }>(held: C[] | undefined, asked: C[] | undefined) =>
    held?.length !== asked?.length
      ? held
      : held?.map((one, index) =>
          one.name === asked?.[index]?.name ? { ...one, resources: asked[index].resources } : one,
        );
  return {
    ...old,
    containers: take(old.containers, containers) ?? [],
    initContainers: take(old.initContainers, initContainers),
  };
}
