import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { Workload } from '../meta/json-types';
import { isDns1123Label, isDns1123Subdomain } from '../meta/names';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { invalidEach, validateImmutable } from '../validation/checks';
import { GroupTemplate, validateGroupSpec } from './pod-group-template-validation';

const maxTemplates = 8;

type ControllerRef = NonNullable<NonNullable<Workload['spec']>['controllerRef']>;

/** A name as it may stand in a path. */
function pathSegmentProblems(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((sign) => name.includes(sign)).map((sign) => `may not contain '${sign}'`);
}

function validateControllerRef({ apiGroup, kind, name }: ControllerRef, path: string): FieldError[] {
  const segment = (value: string | undefined, at: string): FieldError[] =>
    value ? invalidEach(value, pathSegmentProblems(value), at) : [field.required(at)];
  return [
    ...(apiGroup ? invalidEach(apiGroup, isDns1123Subdomain(apiGroup), `${path}.apiGroup`) : []),
    ...segment(kind, `${path}.kind`),
    ...segment(name, `${path}.name`),
  ];
}

function validateTemplates(templates: readonly GroupTemplate[], path: string): FieldError[] {
  if (templates.length === 0) return [field.required(path, 'must have at least one item')];
  if (templates.length > maxTemplates) return [field.tooMany(path, templates.length, maxTemplates)];
  const seen = new Set<string>();
  return templates.flatMap((template, index) => {
    const at = `${path}[${index}]`;
    const { name } = template;
    const errors = name ? invalidEach(name, isDns1123Label(name), `${at}.name`) : [field.required(`${at}.name`)];
    if (seen.has(name)) errors.push(field.duplicate(at, name));
    seen.add(name);
    return [...errors, ...validateGroupSpec(template, at)];
  });
}

function validate({ spec }: Workload): FieldError[] {
  return [
    ...(spec?.controllerRef ? validateControllerRef(spec.controllerRef, 'spec.controllerRef') : []),
    ...validateTemplates(spec?.podGroupTemplates ?? [], 'spec.podGroupTemplates'),
  ];
}

/** The controller may be named later, everything else is for good. */
function validateUpdate({ spec }: Workload, { spec: old }: Workload): FieldError[] {
  const templates = validateImmutable(spec?.podGroupTemplates, old?.podGroupTemplates, 'spec.podGroupTemplates');
  if (old?.controllerRef)
    return [...validateImmutable(spec?.controllerRef, old.controllerRef, 'spec.controllerRef'), ...templates];
  return [
    ...(spec?.controllerRef ? validateControllerRef(spec.controllerRef, 'spec.controllerRef') : []),
    ...templates,
  ];
}

/** The templates from which a controller makes the pod groups of its pods. */
export const workloadDefinition = defineKind({
  group: 'scheduling.k8s.io',
  version: 'v1alpha2',
  kind: 'Workload',
  plural: 'workloads',
  namespaced: true,
  definition: 'io.k8s.api.scheduling.v1alpha2.Workload',
  hasGeneration: true,
  strategy: { validate, validateUpdate },
  columns: [nameColumn, column('Templates', 'integer', 'Number of pod group templates.'), ageColumn],
  cells: (workload: Workload, now: Date) => [
    workload.metadata.name,
    workload.spec?.podGroupTemplates?.length ?? 0,
    age(workload, now),
  ],
});
