import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { PriorityClass } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { validateImmutable } from '../validation/checks';

/** The highest value a user may give; above it is the system's. */
const highestUserDefined = 1_000_000_000;
const systemPrefix = 'system-';
const policies = ['Never', 'PreemptLowerPriority'];

/** The classes every cluster has. */
export const systemPriorityClasses: readonly PriorityClass[] = [
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-node-critical' },
    value: 2 * highestUserDefined + 1000,
    description: 'Used for system critical pods that must not be moved from their current node.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-cluster-critical' },
    value: 2 * highestUserDefined,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
];

function validateSystemName({ metadata, value, globalDefault }: PriorityClass): FieldError[] {
  const { name = '' } = metadata;
  const known = systemPriorityClasses.find((one) => one.metadata.name === name);
  const reserved = (why: string): FieldError[] => [
    field.forbidden(
      'metadata.name',
      `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${why}`,
    ),
  ];
  if (!known) return reserved(`${name} is not a known system priority class`);
  if (known.value !== value) return reserved(`value of ${name} PriorityClass must be ${known.value}`);
  if (globalDefault) return reserved(`globalDefault of ${name} PriorityClass must be false`);
  return [];
}

function validate(priorityClass: PriorityClass): FieldError[] {
  const { metadata, value = 0, preemptionPolicy } = priorityClass;
  const errors: FieldError[] = [];
  if (metadata.name?.startsWith(systemPrefix)) errors.push(...validateSystemName(priorityClass));
  else if (value > highestUserDefined)
    errors.push(field.forbidden('value', `maximum allowed value of a user defined priority is ${highestUserDefined}`));
  if (preemptionPolicy !== undefined && !policies.includes(preemptionPolicy))
    errors.push(field.notSupported('preemptionPolicy', preemptionPolicy, policies.slice().reverse()));
  return errors;
}

export const priorityClassDefinition = defineKind({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  definition: 'io.k8s.api.scheduling.v1.PriorityClass',
  hasGeneration: true,
  strategy: {
    validate,
    validateUpdate: (priorityClass: PriorityClass, old: PriorityClass) => [
      ...(priorityClass.value === old.value ? [] : [field.forbidden('value', 'may not be changed in an update.')]),
      ...validateImmutable(priorityClass.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'),
    ],
  },
  columns: [
    nameColumn,
    column('Value', 'integer', 'The integer value of this priority class.'),
    column('Global-Default', 'boolean', 'Whether this is what pods get that name no class.'),
    ageColumn,
    column('PreemptionPolicy', 'string', 'The policy for preempting pods with lower priority.'),
  ],
  cells: (priorityClass: PriorityClass, now: Date) => [
    priorityClass.metadata.name,
    priorityClass.value,
    priorityClass.globalDefault ?? false,
    age(priorityClass, now),
    priorityClass.preemptionPolicy ?? 'PreemptLowerPriority',
  ],
});
