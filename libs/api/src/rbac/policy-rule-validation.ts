import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ClusterRole, Role } from '../meta/json-types';
import { validateLabelSelector } from '../meta/label-selector';

type Rule = NonNullable<Role['rules']>[number];

/** ValidatePolicyRule */
function validateRule(rule: Rule, isNamespaced: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { nonResourceURLs: urls, apiGroups, resources, resourceNames } = rule;
  if (!rule.verbs?.length) errors.push(field.required(`${path}.verbs`, 'verbs must contain at least one value'));
  if (urls?.length) {
    const at = `${path}.nonResourceURLs`;
    if (isNamespaced) errors.push(field.invalid(at, urls, 'namespaced rules cannot apply to non-resource URLs'));
    if ([apiGroups, resources, resourceNames].some((list) => list?.length)) {
      const text = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(field.invalid(at, urls, text));
    }
    return errors;
  }
  if (!apiGroups?.length) {
    errors.push(field.required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (!resources?.length) {
    errors.push(field.required(`${path}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}

const validateRules = (rules: readonly Rule[] | null | undefined, isNamespaced: boolean): FieldError[] =>
  (rules ?? []).flatMap((rule, index) => validateRule(rule, isNamespaced, `rules[${index}]`));

export const validateRole = ({ rules }: Role): FieldError[] => validateRules(rules, true);

export function validateClusterRole({ rules, aggregationRule }: ClusterRole): FieldError[] {
  const errors = validateRules(rules, false);
  if (!aggregationRule) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    errors.push(field.required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  }
  return [...errors, ...selectors.flatMap((selector, index) => validateLabelSelector(selector, `${path}[${index}]`))];
}
