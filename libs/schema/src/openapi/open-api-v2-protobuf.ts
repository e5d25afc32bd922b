import { ProtobufWriter } from './protobuf-writer';
import type { Json } from './render-definitions';

/** What kubectl and client-go ask /openapi/v2 for. */
export const OPENAPI_V2_PROTOBUF_ACCEPT = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** What the answer must call itself: "@" is not allowed in a media type, and Go refuses to parse it. */
export const OPENAPI_V2_PROTOBUF_CONTENT_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * The same document as a message openapi.v2.Document of gnostic: older clients read nothing else.
 * Field numbers are those of gnostic's OpenAPIv2.proto.
 */
export function encodeOpenApiV2(document: Json): Buffer {
  const info = document['info'] as Json;
  const paths = new ProtobufWriter();
  for (const [name, item] of entries(document['paths'])) paths.message(2, named(name, pathItem(item as Json)));
  const definitions = new ProtobufWriter();
  for (const [name, one] of entries(document['definitions'])) definitions.message(1, named(name, schema(one as Json)));
  return new ProtobufWriter()
    .string(1, document['swagger'])
    .message(2, new ProtobufWriter().string(1, info['title']).string(2, info['version']))
    .message(8, paths)
    .message(9, definitions)
    .finish();
}

const entries = (record: unknown): [string, unknown][] => Object.entries((record ?? {}) as Json);

function named(name: string, value: ProtobufWriter): ProtobufWriter {
  return new ProtobufWriter().string(1, name).message(2, value);
}

/** Any: kept as YAML text, of which JSON is a part. */
function any(value: unknown): ProtobufWriter {
  return new ProtobufWriter().string(2, JSON.stringify(value));
}

function extensions(writer: ProtobufWriter, field: number, object: Json): ProtobufWriter {
  for (const [key, value] of Object.entries(object)) {
    if (key.startsWith('x-')) writer.message(field, named(key, any(value)));
  }
  return writer;
}

function schema(value: Json): ProtobufWriter {
  const writer = new ProtobufWriter()
    .string(1, value['$ref'])
    .string(2, value['format'])
    .string(3, value['title'])
    .string(4, value['description']);
  if (value['default'] !== undefined) writer.message(5, any(value['default']));
  writer
    .double(6, value['multipleOf'])
    .double(7, value['maximum'])
    .boolean(8, value['exclusiveMaximum'])
    .double(9, value['minimum'])
    .boolean(10, value['exclusiveMinimum'])
    .integer(11, value['maxLength'])
    .integer(12, value['minLength'])
    .string(13, value['pattern'])
    .integer(14, value['maxItems'])
    .integer(15, value['minItems'])
    .boolean(16, value['uniqueItems'])
    .integer(17, value['maxProperties'])
    .integer(18, value['minProperties'])
    .strings(19, value['required']);
  for (const one of (value['enum'] ?? []) as unknown[]) writer.message(20, any(one));
  const values = value['additionalProperties'];
  if (typeof values === 'object') writer.message(21, new ProtobufWriter().message(1, schema(values as Json)));
  else if (values === true) writer.message(21, new ProtobufWriter().boolean(2, true));
  if (typeof value['type'] === 'string') writer.message(22, new ProtobufWriter().strings(1, [value['type']]));
  if (value['items']) writer.message(23, new ProtobufWriter().message(1, schema(value['items'] as Json)));
  if (value['properties']) {
    const properties = new ProtobufWriter();
    for (const [name, one] of entries(value['properties'])) properties.message(1, named(name, schema(one as Json)));
    writer.message(25, properties);
  }
  return extensions(writer, 31, value);
}

const METHODS = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

function pathItem(item: Json): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const [method, field] of Object.entries(METHODS)) {
    if (item[method]) writer.message(field, operation(item[method] as Json));
  }
  for (const one of (item['parameters'] ?? []) as Json[]) writer.message(9, parameterItem(one));
  return writer;
}

function operation(value: Json): ProtobufWriter {
  const writer = new ProtobufWriter()
    .strings(1, value['tags'])
    .string(3, value['description'])
    .string(5, value['operationId'])
    .strings(6, value['produces'])
    .strings(7, value['consumes']);
  for (const one of (value['parameters'] ?? []) as Json[]) writer.message(8, parameterItem(one));
  const responses = new ProtobufWriter();
  for (const [code, one] of entries(value['responses'])) responses.message(1, named(code, responseValue(one as Json)));
  return extensions(writer.message(9, responses).strings(10, value['schemes']), 13, value);
}

function responseValue(value: Json): ProtobufWriter {
  const response = new ProtobufWriter().string(1, value['description']);
  if (value['schema']) response.message(2, new ProtobufWriter().message(1, schema(value['schema'] as Json)));
  return new ProtobufWriter().message(1, response);
}

/** ParametersItem{parameter} of a body, query or path parameter. */
function parameterItem(value: Json): ProtobufWriter {
  return new ProtobufWriter().message(1, parameter(value));
}

function parameter(value: Json): ProtobufWriter {
  if (value['in'] === 'body') {
    const body = new ProtobufWriter().string(2, value['name']).string(3, 'body').boolean(4, value['required']);
    return new ProtobufWriter().message(1, body.message(5, schema(value['schema'] as Json)));
  }
  const own = new ProtobufWriter()
    .boolean(1, value['required'])
    .string(2, value['in'])
    .string(3, value['description'])
    .string(4, value['name']);
  // A query parameter has allowEmptyValue in between, a path parameter has not.
  const [nonBody, typeField, uniqueField] = value['in'] === 'query' ? [3, 6, 19] : [4, 5, 18];
  own.string(typeField, value['type']).boolean(uniqueField, value['uniqueItems']);
  return new ProtobufWriter().message(2, new ProtobufWriter().message(nonBody, own));
}
