export interface ResourcePattern {
  /** A plural, or * for all. */
  resource: string;
  /** '' is the core group, * all groups. */
  group: string;
}

/** secrets, deployments.apps, *.apps, *. and *.*, cut at the first dot (schema.ParseGroupResource). */
export function parsePattern(text: string): ResourcePattern {
  const dot = text.indexOf('.');
  if (dot < 0) return { resource: text, group: '' };
  return { resource: text.slice(0, dot), group: text.slice(dot + 1) };
}

/** Whether a pattern covers a resource, given as resourceKey(): its plural and group with a dot between. */
export function covers(pattern: ResourcePattern, resourceKey: string): boolean {
  const { resource, group } = parsePattern(resourceKey);
  return (
    (pattern.group === '*' || pattern.group === group) && (pattern.resource === '*' || pattern.resource === resource)
  );
}
