import { definitionSchema } from '../definitions';
import type { StructuralSchema } from '../structural-schema';
import { fromJsonSchemaProps, type JsonSchemaProps } from './json-schema-props';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/**
 * The schema of a custom resource: what its definition says, plus apiVersion, kind and metadata, which a definition
 * leaves unsaid and every resource has. An embedded resource has them too.
 */
export function customResourceSchema(props: JsonSchemaProps): StructuralSchema {
  return asResource(withEmbedded(fromJsonSchemaProps(props)));
}

function asResource(schema: StructuralSchema): StructuralSchema {
  const own = schema.properties ?? {};
  const properties = Object.create(null) as Record<string, StructuralSchema>;
  Object.assign(properties, own);
  properties['apiVersion'] = { ...own['apiVersion'], type: 'string' };
  properties['kind'] = { ...own['kind'], type: 'string' };
  properties['metadata'] = objectMeta(own['metadata']);
  return { ...schema, properties };
}

/** A definition may restrict name and generateName, and nothing else of the metadata. */
function objectMeta(restricted: StructuralSchema | undefined): StructuralSchema {
  const meta = definitionSchema(OBJECT_META);
  if (!restricted?.properties) return meta;
  const properties = Object.create(null) as Record<string, StructuralSchema>;
  Object.assign(properties, meta.properties, restricted.properties);
  return { ...meta, properties };
}

function withEmbedded(schema: StructuralSchema): StructuralSchema {
  const deeper: StructuralSchema = { ...schema };
  if (schema.properties) {
    deeper.properties = Object.create(null) as Record<string, StructuralSchema>;
    for (const [name, property] of Object.entries(schema.properties)) {
      (deeper.properties as Record<string, StructuralSchema>)[name] = embedded(property);
    }
  }
  if (schema.items) deeper.items = embedded(schema.items);
  if (schema.additionalProperties) deeper.additionalProperties = embedded(schema.additionalProperties);
  return deeper;
}

function embedded(schema: StructuralSchema): StructuralSchema {
  const deeper = withEmbedded(schema);
  return schema.embeddedResource === true ? asResource(deeper) : deeper;
}
