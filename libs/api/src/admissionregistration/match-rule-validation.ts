import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { DeepReadonly, MutatingWebhookConfiguration } from '../meta/json-types';

type Webhook = NonNullable<DeepReadonly<MutatingWebhookConfiguration>['webhooks']>[number];
export type RuleWithOperations = NonNullable<Webhook['rules']>[number];

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];

/** validateRuleWithOperations: what webhooks and admission policies both may name. */
export function validateMatchRule(rule: RuleWithOperations, path: string): FieldError[] {
  return [
    ...validateList(rule.operations, `${path}.operations`, 'operations'),
    ...(rule.operations ?? []).flatMap((operation, index) =>
      operations.includes(operation) ? [] : [field.notSupported(`${path}.operations[${index}]`, operation, operations)],
    ),
    ...validateList(rule.apiGroups, `${path}.apiGroups`, 'API groups'),
    ...validateList(rule.apiVersions, `${path}.apiVersions`, 'API versions'),
    ...(rule.apiVersions ?? []).flatMap((version, index) =>
      version === '' ? [field.required(`${path}.apiVersions[${index}]`)] : [],
    ),
    ...validateResources(rule.resources ?? [], `${path}.resources`),
    ...(rule.scope === undefined || scopes.includes(rule.scope)
      ? []
      : [field.notSupported(`${path}.scope`, rule.scope, scopes)]),
  ];
}

/** A list must name something, and everything only alone. */
function validateList(values: readonly string[] = [], path: string, what: string): FieldError[] {
  if (values.length === 0) return [field.required(path)];
  if (values.length === 1 || !values.includes('*')) return [];
  return [field.invalid(path, values, `if '*' is present, must not specify other ${what}`)];
}

function validateResources(resources: readonly string[], path: string): FieldError[] {
  if (resources.length === 0) return [field.required(path)];
  const errors: FieldError[] = [];
  const wholeResources = new Set<string>();
  const wholeSubresources = new Set<string>();
  resources.forEach((name, index) => {
    const at = `${path}[${index}]`;
    if (name === '') errors.push(field.required(at));
    const slash = name.indexOf('/');
    if (slash < 0) return;
    const [resource, subresource] = [name.slice(0, slash), name.slice(slash + 1)];
    if (wholeResources.has(resource)) {
      errors.push(field.invalid(at, name, `if '${resource}/*' is present, must not specify ${name}`));
    }
    if (wholeSubresources.has(subresource)) {
      errors.push(field.invalid(at, name, `if '*/${subresource}' is present, must not specify ${name}`));
    }
    if (subresource === '*') wholeResources.add(resource);
    if (resource === '*') wholeSubresources.add(subresource);
  });
  return [...errors, ...validateWildcards(resources, path)];
}

function validateWildcards(resources: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(field.invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  }
  // Upstream looks at the last name without a slash alone; so does this.
  const last = resources.filter((name) => name !== '' && !name.includes('/')).at(-1);
  if (resources.includes('*') && last !== undefined && last !== '*') {
    errors.push(
      field.invalid(path, resources, "if '*' is present, must not specify other resources without subresources"),
    );
  }
  return errors;
}
