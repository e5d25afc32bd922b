import type { ApiObject, DeepReadonly, MutatingAdmissionPolicy } from '@nestor/api';
import {
  applyConfigurationType,
  CelList,
  CelMap,
  jsonPatchType,
  listOf,
  StructValue,
  toJson,
  unescapeProperty,
  Value,
} from '@nestor/cel';
import { applyJsonPatch, atomicParts, mergeTyped } from '@nestor/patch';
import type { StructuralSchema } from '@nestor/schema';
import type { CostBudget } from '../expressions';
import { evaluateWith, Expression, PolicyCompiler } from './policy-expressions';

type Spec = NonNullable<DeepReadonly<MutatingAdmissionPolicy>['spec']>;
type Mutation = NonNullable<Spec['mutations']>[number];

/** Makes the changed object; throws what keeps it from doing so. */
export type Mutate = (given: {
  readonly object: ApiObject;
  readonly schema?: StructuralSchema;
  readonly bindings: Readonly<Record<string, unknown>>;
  readonly budget: CostBudget;
}) => ApiObject;

export function compileMutation(
  { patchType, jsonPatch, applyConfiguration }: Mutation,
  compiler: PolicyCompiler,
): Mutate {
  const isJson = patchType === 'JSONPatch';
  const text = (isJson ? jsonPatch : applyConfiguration)?.expression?.trim() ?? '';
  const expression = compiler.compile(text, {
    types: [isJson ? listOf(jsonPatchType) : applyConfigurationType],
    patches: true,
  });
  return isJson ? jsonMutation(expression) : applyMutation(expression);
}

const applyMutation =
  (expression: Expression): Mutate =>
  ({ object, schema, bindings, budget }) => {
    const configuration = evaluateWith(budget, expression, bindings);
    checkTypeNames(configuration, 'Object');
    const { apiVersion, kind } = object;
    const patch = { ...(plain(configuration) as object), apiVersion, kind };
    const atomic = atomicParts(schema, patch);
    if (atomic.length > 0) {
      const where = atomic.join(', ');
      throw new Error(
        `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${where}`,
      );
    }
    return structuredClone(mergeTyped(schema, object, patch)) as ApiObject;
  };

const jsonMutation =
  (expression: Expression): Mutate =>
  ({ object, bindings, budget }) => {
    const operations = evaluateWith(budget, expression, bindings);
    const patch = operations instanceof CelList ? [...operations].map(operation) : [];
    try {
      return applyJsonPatch(structuredClone(object), patch);
    } catch (error) {
      // A test that fails means that there is nothing to do.
      const why = reasonOf(error);
      if (why.endsWith('test failed')) return object;
      throw new Error(`JSONPath: ${why}`, { cause: error });
    }
  };

/** What does not fit is hidden from clients, and stands in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

function operation(value: Value): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  if (!(value instanceof StructValue)) return made;
  for (const [name, held] of value.fields) {
    if (name === 'value') checkTypeNames(held);
    made[name] = plain(held);
  }
  return made;
}

/** Object.spec stands under spec of an Object and nowhere else; without a path, what is made is where it says it is. */
function checkTypeNames(value: Value, path?: string): void {
  if (!(value instanceof StructValue)) return;
  if (path !== undefined && value.typeName !== path) {
    throw new Error(
      `type mismatch: unexpected type name ${JSON.stringify(value.typeName)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`,
    );
  }
  for (const [name, held] of value.fields) {
    const below = `${value.typeName}.${name}`;
    if (held instanceof CelList) for (const one of held) checkTypeNames(one, below);
    else checkTypeNames(held, below);
  }
}

/** As JSON, with the names that fields have there. */
function plain(value: Value): unknown {
  if (value instanceof StructValue) {
    return Object.fromEntries([...value.fields].map(([name, held]) => [unescapeProperty(name), plain(held)]));
  }
  if (value instanceof CelList) return [...value].map(plain);
  if (value instanceof CelMap && value.typeName === undefined) {
    return Object.fromEntries([...value.keys()].map((key) => [String(key), plain(value.get(key) as Value)]));
  }
  return toJson(value);
}
