import type { FieldRequirement, Requirement, SelectorOperator, SubjectAccessReview } from '@nestor/api';
import type { Attributes } from '../attributes';

export type AccessReviewSpec = SubjectAccessReview['spec'];
type Place = NonNullable<AccessReviewSpec['resourceAttributes']>;
type Selector = NonNullable<Place['fieldSelector']>;

/** What a webhook is asked, in Kubernetes' order of fields: the text of equal questions is equal. */
export function accessReviewSpec(attributes: Attributes): AccessReviewSpec {
  const { user, verb, path } = attributes;
  return {
    ...(attributes.resource === ''
      ? { nonResourceAttributes: filled({ path, verb }) }
      : { resourceAttributes: placeOf(attributes) }),
    ...filled({ user: user.name }),
    ...(user.groups.length > 0 ? { groups: [...user.groups] } : {}),
    ...(user.extra ? { extra: user.extra as Record<string, string[]> } : {}),
    ...filled({ uid: user.uid ?? '' }),
  };
}

function placeOf(attributes: Attributes): Place {
  const { namespace, verb, apiGroup, apiVersion = '', resource, subresource, name } = attributes;
  const fields = (attributes.fieldRequirements?.() ?? []).map(fieldRequirement);
  const labels = (attributes.labelRequirements?.() ?? []).flatMap(labelRequirement);
  return {
    ...filled({ namespace, verb, group: apiGroup, version: apiVersion, resource, subresource, name }),
    ...(fields.length > 0 ? { fieldSelector: { requirements: fields } } : {}),
    ...(labels.length > 0 ? { labelSelector: { requirements: labels } } : {}),
  };
}

const filled = <T extends Readonly<Record<string, string>>>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')) as Partial<T>;

const fieldRequirement = ({
  field: key,
  operator,
  value,
}: FieldRequirement): NonNullable<Selector['requirements']>[0] => ({
  key,
  operator: operator === '=' ? 'In' : 'NotIn',
  values: [value],
});

const operators: Readonly<Partial<Record<SelectorOperator, string>>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
};

/** Without its like among the operators of reviews it is left out: what is asked about is then broader, never narrower. */
function labelRequirement({ key, operator, values }: Requirement): NonNullable<Selector['requirements']> {
  const known = operators[operator];
  if (known === undefined) return [];
  return [{ key, operator: known, ...(values.length > 0 ? { values: [...values] } : {}) }];
}
