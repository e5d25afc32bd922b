import type { DeepReadonly, Namespace } from '@nestor/api';

export type NamespaceCondition = NonNullable<NonNullable<Namespace['status']>['conditions']>[number];

/** What was found after everything was told to go. */
export interface Remaining {
  /** "pods." or "widgets.example.com" to the number left. */
  instances: ReadonlyMap<string, number>;
  finalizers: ReadonlyMap<string, number>;
  /** The whole text of what kept discovery from being complete. */
  discoveryError?: string;
  contentErrors: readonly string[];
}

interface Statement {
  type: string;
  holds: boolean;
  yes: [reason: string, message: string];
  no: [reason: string, message: string];
}

/** client-go's ErrGroupDiscoveryFailed, as the condition quotes it. */
export function discoveryFailure(failures: ReadonlyMap<string, string>): string | undefined {
  if (failures.size === 0) return undefined;
  const groups = [...failures].map((pair) => pair.join(': ')).sort();
  return `Discovery failed for some groups, ${groups.length} failing: unable to retrieve the complete list of server APIs: ${groups.join(', ')}`;
}

const counted = (what: ReadonlyMap<string, number>, word: string): string =>
  [...what.entries()]
    .map(([name, count]) => `${name} ${word} ${count} resource instances`)
    .sort()
    .join(', ');

/** Kubernetes' status_condition_utils.go, type by type. */
function statements({ instances, finalizers, discoveryError, contentErrors }: Remaining): Statement[] {
  const failures = [...contentErrors].sort();
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      holds: !!discoveryError,
      yes: ['DiscoveryFailed', discoveryError ?? ''],
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

/** The conditions to write, or undefined when they already say so. Those of others stay as they are. */
export function planConditions(
  namespace: DeepReadonly<Namespace>,
  remaining: Remaining,
  now: string,
): NamespaceCondition[] | undefined {
  const next = [...((namespace.status?.conditions ?? []) as NamespaceCondition[])];
  let isChanged = false;
  for (const { type, holds, yes, no } of statements(remaining)) {
    const status = holds ? 'True' : 'False';
    const [reason, message] = holds ? yes : no;
    const index = next.findIndex((condition) => condition.type === type);
    const old = next[index];
    if (old?.status === status && old.reason === reason && old.message === message) continue;
    isChanged = true;
    // The time is that of the last turn, not of the last wording.
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now;
    const condition = { type, status, lastTransitionTime, reason, message };
    if (index === -1) next.push(condition);
    else next[index] = condition;
  }
  return isChanged ? next : undefined;
}
