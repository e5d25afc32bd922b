import type { AdmissionRequest, GroupVersionResource } from '../admission-plugin';

/** admissionregistration.k8s.io RuleWithOperations, and what NamedRuleWithOperations adds. */
export interface MatchRule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  /** "*", "Cluster" or "Namespaced"; absent means "*". */
  readonly scope?: string;
  readonly resourceNames?: readonly string[];
}

type Asked = Pick<AdmissionRequest, 'operation' | 'subresource' | 'namespace' | 'name'>;

/** Every operation on everything, subresources too. */
export const allMatchRule: MatchRule = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] };

/** rules.Matcher: whether a request, seen as one for this resource, is one that a rule names. */
export function matchesRule(rule: MatchRule, request: Asked, resource: GroupVersionResource): boolean {
  return (
    matchesScope(rule.scope, request, resource) &&
    includes(rule.operations, request.operation) &&
    includes(rule.apiGroups, resource.group) &&
    includes(rule.apiVersions, resource.version) &&
    (rule.resources ?? []).some((pattern) => matchesResource(pattern, resource.resource, request.subresource)) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(request.name))
  );
}

const includes = (patterns: readonly string[] | undefined, value: string): boolean =>
  (patterns ?? []).some((pattern) => pattern === '*' || pattern === value);

/** "pods", "pods/log", "pods/*", "*" (no subresource), any resource with one subresource, and everything. */
function matchesResource(pattern: string, resource: string, subresource: string): boolean {
  const at = pattern.indexOf('/');
  const [main, sub] = at < 0 ? [pattern, ''] : [pattern.slice(0, at), pattern.slice(at + 1)];
  return (main === '*' || main === resource) && (sub === '*' || sub === subresource);
}

/** A Namespace is cluster-scoped, though its requests carry its own name as their namespace. */
function matchesScope(scope: string | undefined, { namespace }: Asked, of: GroupVersionResource): boolean {
  if (scope === undefined || scope === '*') return true;
  const isOfNamespaces = of.group === '' && of.resource === 'namespaces';
  const isClusterScoped = isOfNamespaces || namespace === '';
  return scope === 'Cluster' ? isClusterScoped : scope === 'Namespaced' && !isClusterScoped;
}

const configurations: ReadonlySet<string> = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);

/** What configures admission is never subject to it: otherwise nobody could mend a configuration that refuses all. */
export const isAdmissionConfiguration = ({ group, resource }: Pick<AdmissionRequest, 'group' | 'resource'>): boolean =>
  group === 'admissionregistration.k8s.io' && configurations.has(resource);
