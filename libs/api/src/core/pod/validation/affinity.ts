import type { FieldError } from '../../../errors/field-error';
import { field } from '../../../errors/field-error';
import type { Affinity } from '../../../meta/json-types';
import { validateLabelSelector } from '../../../meta/label-selector';
import { validateLabelKey } from '../../../meta/labels-validation';
import { isDns1123Label } from '../../../meta/names';
import { invalidEach } from '../../../validation/checks';

type NodeAffinity = NonNullable<Affinity['nodeAffinity']>;
type NodeSelector = NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>;
type NodeTerm = NodeSelector['nodeSelectorTerms'][number];
type Requirement = NonNullable<NodeTerm['matchExpressions']>[number];
type PodAffinity = NonNullable<Affinity['podAffinity']>;
type PodTerm = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];

function validateRequirement({ key, operator, values = [] }: Requirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(field.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        errors.push(
          field.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      }
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) {
        errors.push(field.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
      break;
    default:
      errors.push(field.invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  }
  return [...errors, ...validateLabelKey(key, `${path}.key`)];
}

function validateNodeTerm(term: NodeTerm, path: string): FieldError[] {
  return (term.matchExpressions ?? []).flatMap((requirement, index) =>
    validateRequirement(requirement, `${path}.matchExpressions[${index}]`),
  );
}

export function validateNodeSelector({ nodeSelectorTerms: terms = [] }: NodeSelector, path: string): FieldError[] {
  const at = `${path}.nodeSelectorTerms`;
  if (terms.length === 0) return [field.required(at, 'must have at least one node selector term')];
  return terms.flatMap((term, index) => validateNodeTerm(term, `${at}[${index}]`));
}

const validateWeight = (weight: number, path: string): FieldError[] =>
  weight < 1 || weight > 100 ? [field.invalid(path, weight, 'must be in the range 1-100')] : [];

function validateNodeAffinity(affinity: NodeAffinity, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  if (required)
    errors.push(...validateNodeSelector(required, `${path}.requiredDuringSchedulingIgnoredDuringExecution`));
  (affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).forEach(({ weight, preference }, index) => {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    errors.push(...validateWeight(weight, `${at}.weight`), ...validateNodeTerm(preference, `${at}.preference`));
  });
  return errors;
}

function validatePodTerm(term: PodTerm, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (term.labelSelector) errors.push(...validateLabelSelector(term.labelSelector, `${path}.labelSelector`));
  if (term.namespaceSelector)
    errors.push(...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`));
  (term.namespaces ?? []).forEach((name, index) =>
    errors.push(...invalidEach(name, isDns1123Label(name), `${path}.namespaces[${index}]`)),
  );
  if (!term.topologyKey) errors.push(field.required(`${path}.topologyKey`, 'can not be empty'));
  return [...errors, ...validateLabelKey(term.topologyKey ?? '', `${path}.topologyKey`)];
}

function validatePodAffinity(affinity: PodAffinity | undefined, path: string): FieldError[] {
  if (!affinity) return [];
  return [
    ...(affinity.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, index) =>
      validatePodTerm(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`),
    ),
    ...(affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(
      ({ weight, podAffinityTerm }, index) => {
        const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
        return [
          ...validateWeight(weight, `${at}.weight`),
          ...validatePodTerm(podAffinityTerm, `${at}.podAffinityTerm`),
        ];
      },
    ),
  ];
}

export function validateAffinity(affinity: Affinity | undefined, path: string): FieldError[] {
  if (!affinity) return [];
  return [
    ...(affinity.nodeAffinity ? validateNodeAffinity(affinity.nodeAffinity, `${path}.nodeAffinity`) : []),
    ...validatePodAffinity(affinity.podAffinity, `${path}.podAffinity`),
    ...validatePodAffinity(affinity.podAntiAffinity, `${path}.podAntiAffinity`),
  ];
}
