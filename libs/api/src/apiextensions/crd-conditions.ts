import { withCondition } from '../meta/conditions';
import type { CustomResourceDefinition } from '../meta/json-types';

type Status = NonNullable<CustomResourceDefinition['status']>;
type Condition = NonNullable<Status['conditions']>[number];

/** Names that are taken in the group by other resources, and by whom nothing need be known. */
export interface TakenNames {
  /** plurals, singulars and short names */
  resources: ReadonlySet<string>;
  /** kinds and list kinds */
  kinds: ReadonlySet<string>;
}

function conflictOf(
  { spec }: CustomResourceDefinition,
  taken: TakenNames,
): { reason: string; message: string } | undefined {
  const { plural, singular, shortNames = [], kind, listKind } = spec.names;
  if (taken.resources.has(plural))
    return { reason: 'PluralConflict', message: `${JSON.stringify(plural)} is already in use` };
  if (singular && taken.resources.has(singular)) {
    return { reason: 'SingularConflict', message: `${JSON.stringify(singular)} is already in use` };
  }
  const short = shortNames.find((name) => taken.resources.has(name));
  if (short) return { reason: 'ShortNamesConflict', message: `${JSON.stringify(short)} is already in use` };
  if (taken.kinds.has(kind)) return { reason: 'KindConflict', message: `${JSON.stringify(kind)} is already in use` };
  if (listKind && taken.kinds.has(listKind)) {
    return { reason: 'ListKindConflict', message: `${JSON.stringify(listKind)} is already in use` };
  }
  return undefined;
}

/**
 * What the naming and establishing controllers of apiextensions-apiserver would write: accepted names and the
 * conditions NamesAccepted and Established. Returns the given status itself when it already says so.
 */
export function establishedStatus(crd: CustomResourceDefinition, taken: TakenNames, now: string): Status {
  const conflict = conflictOf(crd, taken);
  const accepted: Condition = conflict
    ? { type: 'NamesAccepted', status: 'False', ...conflict }
    : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };
  let conditions = withCondition<Condition>(crd.status?.conditions, accepted, now);
  const established = conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  // Once established, a definition stays so: objects may exist.
  if (!established) {
    conditions = withCondition<Condition>(
      conditions,
      conflict
        ? { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
        : {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
          },
      now,
    );
  }
  if (conditions === crd.status?.conditions) return crd.status;
  return {
    ...crd.status,
    conditions: [...conditions],
    acceptedNames: conflict ? (crd.status?.acceptedNames ?? { plural: '', kind: '' }) : crd.spec.names,
  };
}
