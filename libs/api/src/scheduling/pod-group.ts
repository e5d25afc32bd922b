import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { PodGroup } from '../meta/json-types';
import { isDns1123Label, isDns1123Subdomain } from '../meta/names';
import { age, ageColumn, column, defineKind, nameColumn, orNone } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { invalidEach, validateImmutable } from '../validation/checks';
import { validateConditions } from '../validation/conditions-validation';
import { validateGroupSpec } from './pod-group-template-validation';

type TemplateRef = NonNullable<NonNullable<PodGroup['spec']>['podGroupTemplateRef']>;

function validateTemplateRef({ workload }: TemplateRef, path: string): FieldError[] {
  if (!workload) return [field.invalid(path, '', 'must specify one of: `workload`')];
  const { workloadName, podGroupTemplateName } = workload;
  const at = `${path}.workload`;
  return [
    ...(workloadName
      ? invalidEach(workloadName, isDns1123Subdomain(workloadName), `${at}.workloadName`)
      : [field.required(`${at}.workloadName`)]),
    ...(podGroupTemplateName
      ? invalidEach(podGroupTemplateName, isDns1123Label(podGroupTemplateName), `${at}.podGroupTemplateName`)
      : [field.required(`${at}.podGroupTemplateName`)]),
  ];
}

function validate({ spec }: PodGroup): FieldError[] {
  if (!spec) return [field.required('spec')];
  return [
    ...(spec.podGroupTemplateRef ? validateTemplateRef(spec.podGroupTemplateRef, 'spec.podGroupTemplateRef') : []),
    ...validateGroupSpec(spec, 'spec'),
  ];
}

function validateUpdate(group: PodGroup, old: PodGroup, { subresource }: StrategyContext): FieldError[] {
  if (subresource === 'status') return validateConditions(group.status?.conditions, 'status.conditions');
  return validateImmutable(group.spec, old.spec, 'spec');
}

/** Pods that the scheduler treats as one: all of them get a place, or none does. */
export const podGroupDefinition = defineKind({
  group: 'scheduling.k8s.io',
  version: 'v1alpha2',
  kind: 'PodGroup',
  plural: 'podgroups',
  namespaced: true,
  definition: 'io.k8s.api.scheduling.v1alpha2.PodGroup',
  hasStatus: true,
  hasGeneration: true,
  strategy: {
    prepareForCreate: (group: PodGroup) => void (group.status = {}),
    validate,
    validateUpdate,
  },
  columns: [
    nameColumn,
    column('Workload', 'string', 'Name of the Workload whose template the group was made from.'),
    column('Policy', 'string', 'Basic or Gang.'),
    column('MinCount', 'integer', 'Number of pods that must be schedulable at the same time.'),
    column('Scheduled', 'string', 'Whether the scheduling requirement has been satisfied.'),
    ageColumn,
  ],
  cells: (group: PodGroup, now: Date) => [
    group.metadata.name,
    orNone(group.spec?.podGroupTemplateRef?.workload?.workloadName),
    group.spec?.schedulingPolicy?.gang ? 'Gang' : 'Basic',
    group.spec?.schedulingPolicy?.gang?.minCount ?? 0,
    group.status?.conditions?.find(({ type }) => type === 'PodGroupScheduled')?.status ?? 'Unknown',
    age(group, now),
  ],
});
