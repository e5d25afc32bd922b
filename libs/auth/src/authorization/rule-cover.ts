import type { PolicyRule } from './policy-rule';

const all = '*';
const hasAll = (held: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean =>
  (wanted ?? []).every((one) => held?.includes(one));
const covers = (held: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean =>
  held?.includes(all) === true || hasAll(held, wanted);

/** The parts of `wanted` that no single rule of `held` grants (component-helpers rbac/validation.Covers). */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((part) => !held.some((rule) => ruleCovers(rule, part)));
}

/** One rule for each verb on each resource of each group, or for each verb on each path. */
function breakDown({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): PolicyRule[] {
  const named: { resourceNames?: string[] }[] = resourceNames?.length
    ? resourceNames.map((name) => ({ resourceNames: [name] }))
    : [{}];
  const each = (apiGroup: string, resource: string): PolicyRule[] =>
    verbs.flatMap((verb) =>
      named.map((names) => ({ apiGroups: [apiGroup], resources: [resource], verbs: [verb], ...names })),
    );
  return [
    ...(apiGroups ?? []).flatMap((apiGroup) => (resources ?? []).flatMap((resource) => each(apiGroup, resource))),
    ...(nonResourceURLs ?? []).flatMap((url) => verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] }))),
  ];
}

function ruleCovers(held: PolicyRule, part: PolicyRule): boolean {
  return (
    covers(held.verbs, part.verbs) &&
    covers(held.apiGroups, part.apiGroups) &&
    resourcesCover(held.resources ?? [], part.resources ?? []) &&
    (part.nonResourceURLs ?? []).every((url) => (held.nonResourceURLs ?? []).some((own) => urlCovers(own, url))) &&
    namesCover(held.resourceNames, part.resourceNames)
  );
}

function resourcesCover(held: readonly string[], wanted: readonly string[]): boolean {
  if (covers(held, wanted)) return true;
  return wanted.every((resource) => {
    const [, subresource] = /^[^/]*\/(.*)$/.exec(resource) ?? [];
    return held.includes(resource) || (subresource !== undefined && held.includes(`${all}/${subresource}`));
  });
}

function namesCover(held: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean {
  return !held?.length || (wanted !== undefined && wanted.length > 0 && hasAll(held, wanted));
}

const urlCovers = (own: string, url: string): boolean =>
  own === all || own === url || (own.endsWith(all) && url.startsWith(own.replace(/\*+$/, '')));

/** Verbs on one resource together in one rule: what is shown to a person. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const compacted: PolicyRule[] = [];
  const simple = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
    if (resourceNames.length > 1 || nonResourceURLs.length > 0 || apiGroups.length !== 1 || resources.length !== 1) {
      compacted.push(rule);
      continue;
    }
    const key = JSON.stringify([apiGroups, resources, resourceNames]);
    const verbs = new Set([...(simple.get(key)?.verbs ?? []), ...rule.verbs]);
    simple.set(key, { ...rule, verbs: [...verbs] });
  }
  return [...compacted, ...simple.values()];
}

const quoted = (list: readonly string[]): string => `[${list.map((one) => JSON.stringify(one)).join(' ')}]`;

/** `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}` */
export function ruleText(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const shown = parts.flatMap(([name, list]) => (list?.length ? [`${name}:${quoted(list)}`] : []));
  return `{${shown.join(', ')}}`;
}
