import type { DeepReadonly, ValidatingAdmissionPolicy } from '@nestor/api';
import { admissionVariables, CelType, compile, DYN } from '@nestor/cel';

type Policy = DeepReadonly<ValidatingAdmissionPolicy>;
type Spec = NonNullable<Policy['spec']>;
export type ExpressionWarning = { fieldRef: string; warning: string };

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What is served, by name and by kind; undefined where nothing is. */
export interface KnownTypes {
  kindOf(group: string, version: string, resource: string): GroupVersionKind | undefined;
  typeOf(kind: GroupVersionKind): CelType | undefined;
}

/** As upstream: a policy for everything is checked against nothing. */
const MAX_TYPES = 10;

interface Checked {
  readonly kind: GroupVersionKind;
  readonly type: CelType;
}

/** Where expressions do not fit the types that the policy matches (policy/validating TypeChecker). */
export function expressionWarnings({ spec }: Policy, known: KnownTypes): ExpressionWarning[] {
  if (!spec) return [];
  const types = typesToCheck(spec, known);
  const params = paramsType(spec, known);
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, index) => {
    const at = `spec.validations[${index}]`;
    const check = (text: string, field: string): ExpressionWarning[] => {
      const warning = types.flatMap((one) => problems(text, spec, one, params)).join('\n');
      return warning ? [{ fieldRef: `${at}.${field}`, warning }] : [];
    };
    return [
      ...check(expression, 'expression'),
      ...(messageExpression ? check(messageExpression, 'messageExpression') : []),
    ];
  });
}

function problems(expression: string, spec: Spec, { kind, type }: Checked, params: CelType | undefined): string[] {
  const declared = {
    authorizer: true,
    objectType: type,
    params: spec.paramKind !== undefined,
    ...(params ? { paramsType: params } : {}),
  };
  const variables: Record<string, CelType> = {};
  for (const variable of spec.variables ?? []) {
    const { program } = compile(variable.expression, {
      variables: admissionVariables({ ...declared, variables: { ...variables } }),
    });
    variables[variable.name] = program?.resultType ?? DYN;
  }
  const { message } = compile(expression, { variables: admissionVariables({ ...declared, variables }) });
  return message === undefined ? [] : [`${kind.group}/${kind.version}, Kind=${kind.kind}: ${message}\n`];
}

function typesToCheck({ matchConstraints }: Spec, known: KnownTypes): Checked[] {
  const found = new Map<string, Checked>();
  for (const rule of matchConstraints?.resourceRules ?? []) {
    const { apiGroups: groups = [], apiVersions: versions = [], resources = [] } = rule;
    if ([...groups, ...versions].some((name) => name.includes('*'))) continue;
    for (const group of groups) {
      for (const version of versions) {
        for (const resource of resources.filter((name) => !/[*/]/.test(name))) {
          const kind = known.kindOf(group, version, resource);
          const type = kind && known.typeOf(kind);
          if (kind && type) found.set(sortKey(kind), { kind, type });
        }
      }
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_TYPES)
    .map(([, checked]) => checked);
}

const sortKey = ({ group, version, kind }: GroupVersionKind): string => [group, version, kind].join('\0');

function paramsType({ paramKind }: Spec, known: KnownTypes): CelType | undefined {
  if (!paramKind?.apiVersion || !paramKind.kind) return undefined;
  const [version = '', group = ''] = paramKind.apiVersion.split('/').reverse();
  return known.typeOf({ group, version, kind: paramKind.kind });
}
