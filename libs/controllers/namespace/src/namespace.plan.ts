import type { DeepReadonly, Namespace } from '@nestor/api';

export type NamespaceCondition = NonNullable<NonNullable<Namespace['status']>['conditions']>[number];

/** What was found after everything was told to go. */
export interface Remaining {
  /** "pods." or "widgets.example.com" to the number left. */
  instances: ReadonlyMap<string, number>;
  finalizers: ReadonlyMap<string, number>;
  discoveryError?: string;
  contentErrors: readonly string[];
}

interface Statement {
  type: string;
  holds: boolean;
  yes: [reason: string, message: string];
  no: [reason: string, message: string];
}

const counted = (what: ReadonlyMap<string, number>, word: string): string =>
  [...what.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${word} ${count} resource instances`)
    .join(', ');

/** Kubernetes' status_condition_utils.go, type by type. */
function statements({ instances, finalizers, discoveryError, contentErrors }: Remaining): Statement[] {
  const failures = [...contentErrors].sort();
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      holds: !!discoveryError,
      yes: ['DiscoveryFailed', `Discovery failed for some groups, 1 failing: ${discoveryError}`],
      no: ['ResourcesDiscovered', 'All resources successfully discovered'],
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      holds: false,
      yes: ['GroupVersionParsingFailed', ''],
      no: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    },
    {
      type: 'NamespaceDeletionContentFailure',
      holds: failures.length > 0,
      yes: [
        'ContentDeletionFailed',
        `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`,
      ],
      no: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    },
    {
      type: 'NamespaceContentRemaining',
      holds: instances.size > 0,
      yes: ['SomeResourcesRemain', `Some resources are remaining: ${counted(instances, 'has')}`],
      no: ['ContentRemoved', 'All content successfully removed'],
    },
    {
      type: 'NamespaceFinalizersRemaining',
      holds: finalizers.size > 0,
      yes: [
        'SomeFinalizersRemain',
        `Some content in the namespace has finalizers remaining: ${counted(finalizers, 'in')}`,
      ],
      no: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    },
  ];
}

/** The conditions to write, or undefined when they already say so. */
export function planConditions(
  namespace: DeepReadonly<Namespace>,
  remaining: Remaining,
  now: string,
): NamespaceCondition[] | undefined {
  const current = (namespace.status?.conditions ?? []) as NamespaceCondition[];
  let isChanged = false;
  const next = statements(remaining).map((statement): NamespaceCondition => {
    const status = statement.holds ? 'True' : 'False';
    const [reason, message] = statement.holds ? statement.yes : statement.no;
    const old = current.find((condition) => condition.type === statement.type);
    if (old?.status === status && old.reason === reason && old.message === message) return old;
    isChanged = true;
    return { type: statement.type, status, lastTransitionTime: now, reason, message };
  });
  return isChanged ? next : undefined;
}
