import type { AuditLevel, AuditStage } from '../audit-event';

/** audit.k8s.io/v1 GroupResources. */
export interface GroupResources {
  /** '' is the core group. */
  group?: string;
  /** pods, pods/log, pods/*, *\/scale or *; none stands for all of the group. */
  resources?: readonly string[];
  resourceNames?: readonly string[];
}

export interface AuditPolicyRule {
  level: AuditLevel;
  users?: readonly string[];
  userGroups?: readonly string[];
  verbs?: readonly string[];
  resources?: readonly GroupResources[];
  /** '' stands for cluster-wide resources. */
  namespaces?: readonly string[];
  nonResourceURLs?: readonly string[];
  omitStages?: readonly AuditStage[];
  omitManagedFields?: boolean;
}

/** audit.k8s.io/v1 Policy. */
export interface AuditPolicy {
  rules: readonly AuditPolicyRule[];
  omitStages?: readonly AuditStage[];
  omitManagedFields?: boolean;
}

/** What a rule is matched with: the caller as authenticated, before it acts as somebody else. */
export interface AuditSubject {
  user: { name: string; groups: readonly string[] };
  verb: string;
  isResource: boolean;
  path: string;
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
}

export interface AuditDecision {
  level: AuditLevel;
  omitStages: ReadonlySet<AuditStage>;
  omitManagedFields: boolean;
}

interface PreparedRule {
  rule: AuditPolicyRule;
  decision: AuditDecision;
}

/** The first rule that matches decides; where none does, nothing is written down (audit/policy evaluator). */
export class AuditPolicyEvaluator {
  private readonly rules: readonly PreparedRule[];
  private readonly unmatched: AuditDecision;

  constructor(policy: AuditPolicy) {
    const omitted = policy.omitStages ?? [];
    const omitManagedFields = policy.omitManagedFields ?? false;
    this.unmatched = { level: 'None', omitStages: new Set(omitted), omitManagedFields };
    this.rules = policy.rules.map((rule) => ({
      rule,
      decision: {
        level: rule.level,
        omitStages: new Set([...omitted, ...(rule.omitStages ?? [])]),
        omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
      },
    }));
  }

  decide(subject: AuditSubject): AuditDecision {
    return this.rules.find(({ rule }) => matches(rule, subject))?.decision ?? this.unmatched;
  }
}

function matches(rule: AuditPolicyRule, subject: AuditSubject): boolean {
  const { user, verb } = subject;
  if (rule.users?.length && !rule.users.includes(user.name)) return false;
  if (rule.userGroups?.length && !user.groups.some((group) => rule.userGroups?.includes(group))) return false;
  if (rule.verbs?.length && !rule.verbs.includes(verb)) return false;
  if (rule.namespaces?.length || rule.resources?.length) return matchesResource(rule, subject);
  if (rule.nonResourceURLs?.length) return matchesPath(rule.nonResourceURLs, subject);
  return true;
}

function matchesPath(patterns: readonly string[], { isResource, path }: AuditSubject): boolean {
  if (isResource) return false;
  return patterns.some(
    (pattern) =>
      pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))),
  );
}

function matchesResource({ namespaces, resources }: AuditPolicyRule, subject: AuditSubject): boolean {
  if (!subject.isResource) return false;
  if (namespaces?.length && !namespaces.includes(subject.namespace)) return false;
  if (!resources?.length) return true;
  return resources.some(
    (entry) => (entry.group ?? '') === subject.group && (!entry.resources?.length || names(entry, subject)),
  );
}

function names({ resources = [], resourceNames = [] }: GroupResources, subject: AuditSubject): boolean {
  if (resourceNames.length > 0 && !resourceNames.includes(subject.name)) return false;
  const { resource, subresource } = subject;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(
    (pattern) =>
      pattern === '*' ||
      pattern === whole ||
      pattern === `${resource}/*` ||
      (subresource !== '' && pattern === `*/${subresource}`),
  );
}
