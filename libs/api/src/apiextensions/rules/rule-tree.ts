import { CelType, schemaType } from '@nestor/cel';
import type { StructuralSchema } from '@nestor/schema';
import { CompiledRule, compileRule } from './compile-rule';
import { ruleFieldPath } from './rule-field-path';

/** The rules of a schema, in the schema's own shape; branches without rules are left out. */
export interface RuleNode {
  readonly schema: StructuralSchema;
  /** As which expressions see a value here; absent where there are no rules. */
  readonly type?: CelType;
  readonly rules: readonly (CompiledRule & { readonly fieldPath?: string })[];
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly items?: RuleNode;
  readonly values?: RuleNode;
}

/** Compiles all rules; undefined where there are none. */
export function ruleTree(schema: StructuralSchema, isResourceRoot = true): RuleNode | undefined {
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = ruleTree(property, property.embeddedResource === true);
    if (node) properties.set(name, node);
  }
  const below = (inner: StructuralSchema | undefined) => inner && ruleTree(inner, inner.embeddedResource === true);
  const items = below(schema.items);
  const values = below(schema.additionalProperties);
  const type = schema.validations?.length ? schemaType(schema, 'self', isResourceRoot) : undefined;
  if (!type && properties.size === 0 && !items && !values) return undefined;
  return {
    schema,
    rules: type ? compiledRules(schema, type) : [],
    properties,
    ...(type ? { type } : {}),
    ...(items ? { items } : {}),
    ...(values ? { values } : {}),
  };
}

function compiledRules(schema: StructuralSchema, self: CelType): RuleNode['rules'] {
  return (schema.validations ?? []).map((rule) => {
    const fieldPath = rule.fieldPath ? ruleFieldPath(rule.fieldPath, schema) : undefined;
    return { ...compileRule(rule, self), ...(fieldPath ? { fieldPath } : {}) };
  });
}
