import type { DeepReadonly, Node } from '../../meta/json-types';

type Requirement = DeepReadonly<{ key: string; operator: string; values?: string[] }>;
export type NodeSelectorTerm = DeepReadonly<{ matchExpressions?: Requirement[]; matchFields?: Requirement[] }>;

function meets(requirement: Requirement, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return isInteger(value) && isInteger(values[0]) && BigInt(value) > BigInt(values[0]);
    case 'Lt':
      return isInteger(value) && isInteger(values[0]) && BigInt(value) < BigInt(values[0]);
    default:
      return false;
  }
}

function isInteger(text: string | undefined): text is string {
  return text !== undefined && /^[+-]?\d+$/.test(text);
}

/** One term of a node selector: all its requirements must hold; an empty term matches no node (as in component-helpers nodeaffinity). */
export function matchesNodeTerm(term: NodeSelectorTerm, node: DeepReadonly<Node>): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    expressions.every((requirement) => meets(requirement, labels[requirement.key])) &&
    fields.every((requirement) => requirement.key === 'metadata.name' && meets(requirement, node.metadata.name))
  );
}

/** The node names that a term's matchFields pin it to, or undefined when it names none. */
export function namesPinnedBy(term: NodeSelectorTerm): readonly string[] | undefined {
  const pinned = term.matchFields?.find(
    (requirement) => requirement.key === 'metadata.name' && requirement.operator === 'In',
  );
  return pinned?.values;
}
