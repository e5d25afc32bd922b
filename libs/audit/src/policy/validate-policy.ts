import { field, isDns1123Subdomain, type FieldError } from '@nestor/api';
import { levels, stages, type AuditStage } from '../audit-event';
import type { AuditPolicy, AuditPolicyRule, GroupResources } from './audit-policy';

/** k8s.io/apiserver/pkg/apis/audit/validation, with its paths and wording. */
export function validatePolicy({ rules, omitStages = [] }: AuditPolicy): FieldError[] {
  return [
    ...stageErrors(omitStages, 'omitStages'),
    ...rules.flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`)),
  ];
}

function ruleErrors(rule: AuditPolicyRule, path: string): FieldError[] {
  const { nonResourceURLs = [], resources = [], namespaces = [] } = rule;
  const errors = [
    ...levelErrors(rule.level, `${path}.level`),
    ...nonResourceURLs.flatMap((url, index) => urlErrors(url, `${path}.nonResourceURLs[${index}]`)),
    ...resources.flatMap((entry) => resourceErrors(entry, `${path}.resources`)),
    ...stageErrors(rule.omitStages ?? [], `${path}.omitStages`),
  ];
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    const why = 'rules cannot apply to both regular resources and non-resource URLs';
    errors.push(field.invalid(`${path}.nonResourceURLs`, nonResourceURLs, why));
  }
  return errors;
}

function levelErrors(level: string | undefined, path: string): FieldError[] {
  if (!level) return [field.required(path)];
  return (levels as readonly string[]).includes(level) ? [] : [field.notSupported(path, level, levels)];
}

function urlErrors(url: string, path: string): FieldError[] {
  if (url === '*') return [];
  const errors: FieldError[] = [];
  if (!url.startsWith('/')) {
    errors.push(field.invalid(path, url, "non-resource URL rules must begin with a '/' character"));
  }
  if (url.slice(0, -1).includes('*')) {
    const why = "non-resource URL wildcards '*' must be the final character of the rule";
    errors.push(field.invalid(path, url, why));
  }
  return errors;
}

function resourceErrors(
  { group = '', resources = [], resourceNames = [] }: GroupResources,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const problems = group === '' ? [] : isDns1123Subdomain(group);
  if (problems.length > 0) errors.push(field.invalid(`${path}.group`, group, problems.join(',')));
  if (resourceNames.length > 0 && resources.length === 0) {
    const why = 'using resourceNames requires at least one resource';
    errors.push(field.invalid(`${path}.resourceNames`, resourceNames, why));
  }
  return errors;
}

function stageErrors(omitStages: readonly AuditStage[], path: string): FieldError[] {
  return omitStages.flatMap((stage, index) =>
    stages.includes(stage) ? [] : [field.invalid(`${path}[${index}]`, stage, `allowed stages are ${stages.join(',')}`)],
  );
}
