/**
 * The Common Expression Language as Kubernetes 1.36 evaluates it: compile checks an expression against declared types,
 * with cel-go's messages; a program evaluates within a cost limit. It promises no I/O and linear-time patterns; what an
 * expression may see, and what follows from its value, is the caller's.
 */
export { compile, PER_CALL_LIMIT, Program } from './compile';
export type { CelEnvironment, Compilation, Evaluation, EvaluationOptions } from './compile';
export type { CelIssue } from './syntax/issue';
export { selectsField } from './syntax/selects-field';
export type { CostEstimate } from './cost/estimate';
export {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  formatType,
  INT,
  isDyn,
  listOf,
  mapOf,
  NULL,
  objectType,
  opaque,
  optionalOf,
  STRING,
  TIMESTAMP,
  UINT,
} from './types/cel-type';
export type { CelType, FieldType } from './types/cel-type';
export { adapt, toJson } from './values/adapt';
export { CelError, CostLimitError } from './values/cel-error';
export { CelList, ValueList } from './values/list';
export { CelMap, JsonObject, LazyObject, StructValue, ValueMap } from './values/map';
export type { KeyValue } from './values/map';
export { Optional } from './values/optional';
export { OpaqueValue } from './values/opaque';
export { QuantityValue } from './library/quantity';
export { semverValue } from './library/semver';
export { Duration, Timestamp } from './values/time';
export type { Value } from './values/value';
export { authorizerValue, resourceCheckValue } from './library/authorizer';
export type { AuthorizationAnswer, AuthorizationQuery, Authorize } from './library/authorizer';
export { jsonPatchType } from './library/json-patch';
export { escapeProperty, unescapeProperty } from './kubernetes/escape';
export { describeSchema, MAX_REQUEST_BYTES, schemaType } from './kubernetes/schema-type';
export type { SchemaType } from './kubernetes/schema-type';
export { admissionVariables, applyConfigurationType, mutationStruct } from './kubernetes/admission-environment';
export type { AdmissionDeclarations } from './kubernetes/admission-environment';
export { compileExpression, type ExpressionResult } from './kubernetes/compile-expression';
