import type { ApiObject, ClusterRole, ClusterRoleBinding, RoleBinding } from '@nestor/api';
import { missingRules } from '@nestor/auth';

export const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate';

type Binding = RoleBinding | ClusterRoleBinding;
type Subject = NonNullable<Binding['subjects']>[number];

const isProtected = ({ metadata }: ApiObject): boolean => metadata.annotations?.[autoUpdate] === 'false';

/** Labels and annotations of both; where they differ, those that are there win. */
function mergedMetadata(stored: ApiObject, wanted: ApiObject): ApiObject['metadata'] {
  return {
    ...stored.metadata,
    labels: { ...wanted.metadata.labels, ...stored.metadata.labels },
    annotations: { ...wanted.metadata.annotations, ...stored.metadata.annotations },
  };
}

const ifChanged = (before: ApiObject, after: ApiObject): ApiObject | undefined => {
  const sizes = ({ metadata }: ApiObject): number[] =>
    [metadata.labels, metadata.annotations].map((map) => Object.keys(map ?? {}).length);
  const rest = ({ metadata: _, ...others }: ApiObject): string => JSON.stringify(others);
  return rest(before) === rest(after) && String(sizes(before)) === String(sizes(after)) ? undefined : after;
};

/**
 * A stored role with what it lacks of the one that every cluster has; what else it has stays. undefined where it lacks
 * nothing, or is not to be touched.
 */
export function reconciledRole(stored: ClusterRole, wanted: ClusterRole): ApiObject | undefined {
  if (isProtected(stored)) return undefined;
  const after: ClusterRole = { ...stored, metadata: mergedMetadata(stored, wanted) };
  if (!wanted.aggregationRule) {
    const missing = missingRules(stored.rules ?? [], wanted.rules ?? []);
    if (missing.length > 0) after.rules = [...(stored.rules ?? []), ...(missing as NonNullable<ClusterRole['rules']>)];
    return ifChanged(stored, after);
  }
  const has = stored.aggregationRule?.clusterRoleSelectors ?? [];
  const known = new Set(has.map((selector) => JSON.stringify(selector)));
  const more = (wanted.aggregationRule.clusterRoleSelectors ?? []).filter(
    (selector) => !known.has(JSON.stringify(selector)),
  );
  if (more.length > 0) after.aggregationRule = { clusterRoleSelectors: [...has, ...more] };
  return ifChanged(stored, after);
}

const subjectKey = ({ kind, name, namespace = '', apiGroup = '' }: Subject): string =>
  [kind, apiGroup, namespace, name].join('/');

/** As reconciledRole. 'recreate' where it names another role, which no update may change. */
export function reconciledBinding(stored: Binding, wanted: Binding): ApiObject | 'recreate' | undefined {
  if (isProtected(stored)) return undefined;
  const { roleRef: has } = stored;
  if (has.kind !== wanted.roleRef.kind || has.name !== wanted.roleRef.name) return 'recreate';
  const known = new Set((stored.subjects ?? []).map(subjectKey));
  const more = (wanted.subjects ?? []).filter((subject) => !known.has(subjectKey(subject)));
  const after: Binding = { ...stored, metadata: mergedMetadata(stored, wanted) };
  if (more.length > 0) after.subjects = [...(stored.subjects ?? []), ...more];
  return ifChanged(stored, after);
}
