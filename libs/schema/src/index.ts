/**
 * Structural schemas of the built-in kinds and of custom ones: validation, defaulting, pruning and OpenAPI
 * publication. It promises no I/O after load; what a kind means beyond its shape is libs/api's.
 */
export * from './structural-schema';

export { definitionDescriptions, definitionNames, definitionSchema, hasDefinition } from './definitions';
export { applyDefaults } from './apply-defaults';
export { prune } from './prune';
export { decodeStrict, type Decoded } from './decode/decode-strict';
export { duplicateFields } from './decode/duplicate-fields';
export { duplicateFieldText, strictDecodingError, unknownFieldText } from './decode/strict-decoding';
export { validateSchema } from './validate/validate-schema';
export { hasFormat } from './validate/string-formats';
export type { SchemaFieldError } from './validate/field-error';
export { fromJsonSchemaProps, toJsonSchemaProps, type JsonSchemaProps } from './custom/json-schema-props';
export { customResourceSchema } from './custom/custom-resource-schema';
export { validateStructural } from './custom/validate-structural';
export { openApiV3 } from './openapi/open-api-v3';
export { openApiV2 } from './openapi/open-api-v2';
export type { GroupVersion, PublishedResource } from './openapi/published-resource';
export {
  encodeOpenApiV2,
  OPENAPI_V2_PROTOBUF_ACCEPT,
  OPENAPI_V2_PROTOBUF_CONTENT_TYPE,
} from './openapi/open-api-v2-protobuf';
export { decodeKubernetesProtobuf, hasProtobuf, isKubernetesProtobuf } from './protobuf/decode-protobuf';
