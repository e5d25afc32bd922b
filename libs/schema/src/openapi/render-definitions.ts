import { toJsonSchemaProps } from '../custom/json-schema-props';
import { definitionDescriptions, definitionSchema, hasDefinition } from '../definitions';
import type { StructuralSchema } from '../structural-schema';
import { listDefinition, type PublishedResource } from './published-resource';

export type Json = Record<string, unknown>;
export type OpenApiStyle = 'v2' | 'v3';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';

interface Renderer {
  style: OpenApiStyle;
  custom: ReadonlyMap<string, Json>;
  rendered: Map<string, Json>;
  pending: string[];
}

export function refTo(style: OpenApiStyle, name: string): Json {
  return { $ref: `${style === 'v3' ? '#/components/schemas/' : '#/definitions/'}${name}` };
}

/** Every definition that the named ones reach, by name, sorted; kinds carry their group, version and kind. */
export function renderDefinitions(
  style: OpenApiStyle,
  resources: readonly PublishedResource[],
  names: Iterable<string>,
): Record<string, Json> {
  const custom = new Map(
    resources.filter((one) => one.custom === true).flatMap((one) => customDefinitions(style, one)),
  );
  const renderer: Renderer = { style, custom, rendered: new Map(), pending: [...names] };
  for (let name = renderer.pending.pop(); name !== undefined; name = renderer.pending.pop()) {
    if (!renderer.rendered.has(name)) renderer.rendered.set(name, renderDefinition(renderer, name));
  }
  for (const resource of resources) {
    const { group, version } = resource;
    for (const [name, kind] of [
      [resource.definition, resource.kind],
      [listDefinition(resource), resource.listKind],
    ] as const) {
      const rendered = renderer.rendered.get(name);
      if (rendered) rendered['x-kubernetes-group-version-kind'] = [{ group, kind, version }];
    }
  }
  return Object.fromEntries([...renderer.rendered].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function renderDefinition(renderer: Renderer, name: string): Json {
  const custom = renderer.custom.get(name);
  if (custom) {
    renderer.pending.push(`${META}ObjectMeta`, `${META}ListMeta`);
    const item = ((custom['properties'] as Json)['items'] as Json | undefined)?.['items'] as
      { $ref: string } | undefined;
    if (item) renderer.pending.push(item.$ref.split('/').pop() as string);
    return custom;
  }
  // A resource may be served whose list nobody published.
  if (!hasDefinition(name)) return { type: 'object' };
  const schema = definitionSchema(name);
  const descriptions = definitionDescriptions(name);
  const description = descriptions['.'] && { description: descriptions['.'] };
  if (!schema.properties) return { ...description, ...scalar(schema, renderer.style) };
  const properties: Json = {};
  for (const [field, property] of Object.entries(schema.properties)) {
    properties[field] = renderProperty(renderer, property, descriptions[field] ?? property.description);
  }
  return {
    ...description,
    type: 'object',
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(schema.required && schema.required.length > 0 && { required: schema.required }),
    ...(schema.mapType !== undefined && { 'x-kubernetes-map-type': schema.mapType }),
    ...(name === `${META}DeleteOptions` && {
      'x-kubernetes-group-version-kind': [{ group: '', kind: 'DeleteOptions', version: 'v1' }],
    }),
    ...(name === `${META}Status` && {
      'x-kubernetes-group-version-kind': [{ group: '', kind: 'Status', version: 'v1' }],
    }),
  };
}

/** IntOrString, Quantity, Time and the free-form ones, as each OpenAPI version can say them. */
function scalar(schema: StructuralSchema, style: OpenApiStyle): Json {
  if (schema.intOrString === true) {
    const choice = style === 'v3' ? { oneOf: [{ type: 'integer' }, { type: 'string' }] } : { type: 'string' };
    return { format: 'int-or-string', ...choice };
  }
  if (schema.format === 'quantity') {
    return style === 'v3' ? { oneOf: [{ type: 'string' }, { type: 'number' }] } : { type: 'string' };
  }
  if (schema.format?.startsWith('date-time') === true) return { type: 'string', format: 'date-time' };
  return schema.type === undefined ? {} : { type: schema.type };
}

function renderProperty(renderer: Renderer, schema: StructuralSchema, description: string | undefined): Json {
  const own: Json = {
    ...(description !== undefined && { description }),
    ...(schema.default !== undefined && { default: schema.default }),
    ...(schema.listType !== undefined && { 'x-kubernetes-list-type': schema.listType }),
    ...(schema.listMapKeys !== undefined && { 'x-kubernetes-list-map-keys': schema.listMapKeys }),
    ...(schema.patchStrategy !== undefined && { 'x-kubernetes-patch-strategy': schema.patchStrategy }),
    ...(schema.patchMergeKey !== undefined && { 'x-kubernetes-patch-merge-key': schema.patchMergeKey }),
  };
  if (schema.ref !== undefined) {
    renderer.pending.push(schema.ref);
    const ref = refTo(renderer.style, schema.ref);
    // OpenAPI 3.0 ignores whatever stands beside a $ref.
    return renderer.style === 'v3' && Object.keys(own).length > 0 ? { allOf: [ref], ...own } : { ...ref, ...own };
  }
  return {
    ...own,
    ...(schema.type !== undefined && { type: schema.type }),
    ...(schema.format !== undefined && { format: schema.format }),
    ...(schema.enum && { enum: schema.enum }),
    ...(schema.mapType !== undefined && { 'x-kubernetes-map-type': schema.mapType }),
    ...(schema.items && { items: renderProperty(renderer, schema.items, undefined) }),
    ...(schema.additionalProperties && {
      additionalProperties: renderProperty(renderer, schema.additionalProperties, undefined),
    }),
  };
}

/** A custom kind and its list. OpenAPI v2 has no oneOf and the like, so the kind's schema loses them there. */
function customDefinitions(style: OpenApiStyle, resource: PublishedResource): [string, Json][] {
  const schema = toJsonSchemaProps(resource.schema()) as Json;
  const published = style === 'v3' ? schema : (withoutJunctors(schema) as Json);
  const typeMeta = typeMetaProperties();
  const kind: Json = {
    ...published,
    type: 'object',
    properties: {
      ...(published['properties'] as Json | undefined),
      ...typeMeta,
      metadata: { ...metaRef(style, 'ObjectMeta', "Standard object's metadata.") },
    },
  };
  const list: Json = {
    description: `${resource.listKind} is a list of ${resource.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMeta,
      items: { description: `List of ${resource.plural}.`, type: 'array', items: refTo(style, resource.definition) },
      metadata: metaRef(style, 'ListMeta', 'Standard list metadata.'),
    },
  };
  return [
    [resource.definition, kind],
    [listDefinition(resource), list],
  ];
}

function typeMetaProperties(): Json {
  const texts = definitionDescriptions('io.k8s.api.core.v1.ConfigMap');
  return {
    apiVersion: { description: texts['apiVersion'], type: 'string' },
    kind: { description: texts['kind'], type: 'string' },
  };
}

function metaRef(style: OpenApiStyle, name: string, description: string): Json {
  const ref = refTo(style, META + name);
  return style === 'v3' ? { allOf: [ref], description } : { ...ref, description };
}

function withoutJunctors(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutJunctors);
  if (value === null || typeof value !== 'object') return value;
  const drop = new Set(['allOf', 'anyOf', 'oneOf', 'not', 'nullable']);
  // "not" and the like may also be names of properties: only keywords of a schema go.
  const isSchema = (object: Json) => 'type' in object || [...drop].some((key) => Array.isArray(object[key]));
  const object = value as Json;
  const schema = isSchema(object);
  return Object.fromEntries(
    Object.entries(object)
      .filter(([key]) => !(schema && drop.has(key)))
      .map(([key, held]) => [key, key === 'default' || key === 'enum' ? held : withoutJunctors(held)]),
  );
}
