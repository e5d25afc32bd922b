import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type {
  LocalSubjectAccessReview,
  ObjectMeta,
  SelfSubjectAccessReview,
  SubjectAccessReview,
} from '../meta/json-types';
import { validateLabelRequirement } from '../meta/label-selector';

type Spec = SubjectAccessReview['spec'];
type ResourceAttributes = NonNullable<Spec['resourceAttributes']>;
type Selector = NonNullable<ResourceAttributes['fieldSelector'] | ResourceAttributes['labelSelector']>;
type Requirement = NonNullable<Selector['requirements']>[number];

/** validation.ValidateSubjectAccessReview */
export function validateSubjectAccessReview({ spec, metadata }: SubjectAccessReview): FieldError[] {
  return [...validateSpec(spec), ...validateMetadata(metadata)];
}

/** validation.ValidateSelfSubjectAccessReview */
export function validateSelfSubjectAccessReview({ spec, metadata }: SelfSubjectAccessReview): FieldError[] {
  return [...validateAttributes(spec), ...validateSelectors(spec), ...validateMetadata(metadata)];
}

/** validation.ValidateLocalSubjectAccessReview */
export function validateLocalSubjectAccessReview({ spec, metadata }: LocalSubjectAccessReview): FieldError[] {
  const { namespace = '', ...rest } = metadata;
  const errors = [...validateSpec(spec), ...validateMetadata(rest, 'must be empty except for namespace')];
  const asked = spec.resourceAttributes?.namespace ?? '';
  if (spec.resourceAttributes && asked !== namespace) {
    errors.push(field.invalid('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace'));
  }
  if (spec.nonResourceAttributes) {
    const shown = shownPath(spec.nonResourceAttributes);
    errors.push(field.invalid('spec.nonResourceAttributes', shown, 'disallowed on this kind of request'));
  }
  return errors;
}

function validateSpec(spec: Spec): FieldError[] {
  const errors = validateAttributes(spec);
  if (!spec.user && !spec.groups?.length) {
    errors.push(field.invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified'));
  }
  return [...errors, ...validateSelectors(spec)];
}

function validateAttributes({ resourceAttributes, nonResourceAttributes }: Spec): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    const why = 'cannot be specified in combination with resourceAttributes';
    return [field.invalid('spec.nonResourceAttributes', shownPath(nonResourceAttributes), why)];
  }
  if (resourceAttributes || nonResourceAttributes) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [field.invalid('spec.resourceAttributes', null, why)];
}

/** As the type inside of kube-apiserver prints, which has no JSON names. */
const shownPath = ({ path = '', verb = '' }: NonNullable<Spec['nonResourceAttributes']>): object => ({
  Path: path,
  Verb: verb,
});

/** What field managers leave is not of the caller's doing. */
function validateMetadata({ managedFields: _managed, ...rest }: ObjectMeta, why = 'must be empty'): FieldError[] {
  return Object.keys(rest).length > 0 ? [field.invalid('metadata', rest, why)] : [];
}

function validateSelectors({ resourceAttributes }: Spec): FieldError[] {
  const { fieldSelector, labelSelector } = resourceAttributes ?? {};
  const path = 'spec.resourceAttributes';
  return [
    ...validateSelector(fieldSelector, `${path}.fieldSelector`, validateFieldRequirement),
    ...validateSelector(labelSelector, `${path}.labelSelector`, (one, at) => validateLabelRequirement(one, at, true)),
  ];
}

function validateSelector(
  selector: Selector | undefined,
  path: string,
  validateRequirement: (requirement: Requirement, path: string) => FieldError[],
): FieldError[] {
  if (!selector) return [];
  const { rawSelector = '', requirements = [] } = selector;
  const errors: FieldError[] = [];
  if (rawSelector && requirements.length > 0) {
    const why = 'may not specified at the same time as requirements';
    errors.push(field.invalid(`${path}.rawSelector`, rawSelector, why));
  }
  if (!rawSelector && requirements.length === 0) {
    const why = `when ${path} is specified, requirements or rawSelector is required`;
    errors.push(field.required(`${path}.requirements`, why));
  }
  const each = requirements.flatMap((one, index) => validateRequirement(one, `${path}.requirements[${index}]`));
  return [...errors, ...each];
}

/** metav1validation.ValidateFieldSelectorRequirement; operators of a newer client are for the authorizer to pass over. */
function validateFieldRequirement({ key, operator, values = [] }: Requirement, path: string): FieldError[] {
  const errors = key ? [] : [field.required(`${path}.key`, 'must be specified')];
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
    errors.push(field.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  }
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
    const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    errors.push(field.forbidden(`${path}.values`, why));
  }
  return errors;
}
