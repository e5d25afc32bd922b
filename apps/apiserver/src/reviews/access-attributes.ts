import {
  labelRequirement,
  parseFieldSelector,
  parseLabelSelector,
  type FieldRequirement,
  type SubjectAccessReview,
} from '@nestor/api';
import type { Attributes, UserInfo } from '@nestor/auth';

type Spec = SubjectAccessReview['spec'];
type Place = NonNullable<Spec['resourceAttributes']>;
type Given = NonNullable<NonNullable<Place['fieldSelector']>['requirements']>[number];

/** What a review asks about, and what of its selectors could not be read: a check without them is as broad or broader. */
export interface AskedAccess {
  readonly attributes: Attributes;
  readonly problems: readonly string[];
}

/** authorizationutil.AuthorizationAttributesFrom */
export function askedAccess(user: UserInfo, { resourceAttributes, nonResourceAttributes }: Spec): AskedAccess {
  const nothing = { apiGroup: '', resource: '', subresource: '', namespace: '', name: '', path: '' };
  if (!resourceAttributes) {
    const { verb = '', path = '' } = nonResourceAttributes ?? {};
    return { attributes: { ...nothing, user, verb, path }, problems: [] };
  }
  const { group = '', version, fieldSelector, labelSelector, ...place } = resourceAttributes;
  const fields = readSelector('fieldSelector', fieldSelector, {
    parse: (text) => parseFieldSelector(text).requirements,
    convert: fieldRequirement,
  });
  const labels = readSelector('labelSelector', labelSelector, {
    parse: (text) => parseLabelSelector(text).requirements,
    convert: labelRequirement,
  });
  return {
    attributes: {
      ...nothing,
      verb: '',
      ...place,
      user,
      apiGroup: group,
      apiVersion: version || '*',
      ...(fields.requirements.length > 0 ? { fieldRequirements: () => fields.requirements } : {}),
      ...(labels.requirements.length > 0 ? { labelRequirements: () => labels.requirements } : {}),
    },
    problems: [...fields.problems, ...labels.problems],
  };
}

/** Who is asked about. */
export function subjectOf({ user = '', uid, groups = [], extra }: Spec): UserInfo {
  return { name: user, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
}

interface Reading<T> {
  parse(text: string): readonly T[];
  convert(requirement: Given): T;
}

function readSelector<T>(
  name: 'fieldSelector' | 'labelSelector',
  selector: Place['fieldSelector'] | Place['labelSelector'],
  { parse, convert }: Reading<T>,
): { requirements: readonly T[]; problems: string[] } {
  const { rawSelector, requirements: given = [] } = selector ?? {};
  const read: (readonly T[] | undefined)[] = given.map((one) => attempt(() => [convert(one)]));
  if (rawSelector) read.push(attempt(() => parse(rawSelector)));
  const requirements = read.flatMap((one) => one ?? []);
  if (read.every((one) => one !== undefined)) return { requirements, problems: [] };
  const how = requirements.length > 0 ? 'partially ignored' : 'ignored';
  return { requirements, problems: [`spec.resourceAttributes.${name} ${how} due to parse error`] };
}

/** undefined where it cannot be read. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // The check is made without it, and the status says so.
    return undefined;
  }
}

/** Field selectors know equality with one value, and nothing else. */
function fieldRequirement({ key, operator, values = [] }: Given): FieldRequirement {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) throw new SyntaxError('fieldSelectors must have one value');
  if (operator !== 'In' && operator !== 'NotIn') throw new SyntaxError(`unknown operator ${operator}`);
  return { field: key, operator: operator === 'In' ? '=' : '!=', value };
}
