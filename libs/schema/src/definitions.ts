import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { overlay } from './overlay';
import type { DefinitionOverlay } from './overlay/overlay';
import { scalarDefinitions } from './scalar-definitions';
import type { StructuralSchema } from './structural-schema';

type Writable = { -readonly [K in keyof StructuralSchema]: StructuralSchema[K] };
type Shape = Readonly<Record<string, StructuralSchema>>;

/**
 * The schema of a published definition ("io.k8s.api.apps.v1.DeploymentSpec"). References are already resolved: a
 * property that refers to another definition carries that definition's content and its name in `ref`, and the
 * `properties` of both are one shared object. Schemas may therefore be cyclic (JSONSchemaProps); walk them along a value.
 * Records of properties have no prototype, so a lookup by a client's key is safe.
 * Throws for a name that is not published.
 */
export function definitionSchema(name: string): StructuralSchema {
  const known = compiled.get(name);
  if (known) return known;
  return compileDefinition(name);
}

export function hasDefinition(name: string): boolean {
  return name in definitionShapes() || name in scalarDefinitions;
}

/** Every name definitionSchema knows, sorted. */
export function definitionNames(): string[] {
  return [...new Set([...Object.keys(definitionShapes()), ...Object.keys(scalarDefinitions)])].sort();
}

/** Texts by property of a definition, '.' being its own. Read from disk at first use: only publication wants them. */
export function definitionDescriptions(name: string): Readonly<Record<string, string>> {
  descriptions ??= readGenerated('descriptions') as Readonly<Record<string, Readonly<Record<string, string>>>>;
  return descriptions[name] ?? {};
}

const compiled = new Map<string, StructuralSchema>();
let shapes: Shape | undefined;
let descriptions: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;

function definitionShapes(): Shape {
  shapes ??= readGenerated('definitions') as Shape;
  return shapes;
}

function readGenerated(name: string): unknown {
  // src/ and dist/ are siblings of generated/.
  const file = join(__dirname, '..', 'generated', `${name}.json`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`${file} is missing: run "npx nx run @nestor/schema:generate" once to make it`, { cause });
  }
  return JSON.parse(text);
}

/** Two steps, so that a definition can refer to itself: register the empty shell, then fill its properties. */
function compileDefinition(name: string): StructuralSchema {
  const shape = scalarDefinitions[name] ?? definitionShapes()[name];
  if (!shape) throw new Error(`${name} is not a published definition`);
  const extra: DefinitionOverlay = overlay[name] ?? { fields: {} };
  const required = extra.self?.required ?? shape.required;
  const properties = shape.properties && (Object.create(null) as Record<string, StructuralSchema>);
  const schema: StructuralSchema = {
    ...shape,
    ...extra.self,
    ...(required && { required }),
    ...(properties && { properties }),
    ref: name,
  };
  compiled.set(name, schema);
  if (!properties) return schema;
  for (const [field, property] of Object.entries(shape.properties ?? {})) {
    properties[field] = compileProperty(property, extra.fields[field], required?.includes(field) === true);
  }
  for (const field of Object.keys(extra.fields)) {
    if (!(field in properties)) throw new Error(`the overlay of ${name} names ${field}, which the definition lacks`);
  }
  return schema;
}

function compileProperty(generated: StructuralSchema, extra: Partial<StructuralSchema> | undefined, required: boolean) {
  const property = resolve({ ...generated, ...extra });
  if (extra && 'default' in extra) return property;
  // Go encodes a required scalar even when it is empty, so an absent one reads back as the zero value.
  const zero = required ? zeroValue(property) : undefined;
  return zero === undefined ? property : { ...property, default: zero };
}

function zeroValue(property: StructuralSchema): unknown {
  if (property.intOrString || property.ref !== undefined) return undefined;
  if (property.type === 'string' && property.format === undefined) return '';
  if (property.type === 'integer' || property.type === 'number') return 0;
  return property.type === 'boolean' ? false : undefined;
}

function resolve(property: StructuralSchema): StructuralSchema {
  const resolved: Writable = { ...(property.ref !== undefined && definitionSchema(property.ref)), ...property };
  if (property.items) resolved.items = resolve(property.items);
  if (property.additionalProperties) resolved.additionalProperties = resolve(property.additionalProperties);
  return resolved;
}
