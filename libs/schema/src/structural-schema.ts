/**
 * The structural schema of a kind: the one description that validation, defaulting, pruning, patching and
 * OpenAPI publication share. It follows the meaning of a Kubernetes structural schema
 * (apiextensions.k8s.io/v1 JSONSchemaProps with the x-kubernetes-* extensions, written here in short).
 */
export interface StructuralSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  /** int32, int64, double, byte, date-time, ... as OpenAPI names them. */
  format?: string;
  description?: string;
  /** Name of the published definition this schema is a reference to, e.g. "io.k8s.api.core.v1.PodSpec". */
  ref?: string;
  properties?: Readonly<Record<string, StructuralSchema>>;
  /** Free-form map: the schema of every value. Mutually exclusive with properties. */
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  required?: readonly string[];
  enum?: readonly unknown[];
  default?: unknown;
  nullable?: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  allOf?: readonly StructuralSchema[];
  anyOf?: readonly StructuralSchema[];
  oneOf?: readonly StructuralSchema[];
  not?: StructuralSchema;
  /**
   * Name of the Go type where it is a named string (v1.RestartPolicy): a type error of a built-in kind names it.
   */
  goType?: string;
  /** x-kubernetes-int-or-string */
  intOrString?: boolean;
  /** x-kubernetes-preserve-unknown-fields */
  preserveUnknownFields?: boolean;
  /** x-kubernetes-embedded-resource */
  embeddedResource?: boolean;
  /** x-kubernetes-list-type; server-side apply's view of a list. Absent means atomic. */
  listType?: 'atomic' | 'set' | 'map';
  /** x-kubernetes-list-map-keys */
  listMapKeys?: readonly string[];
  /** x-kubernetes-map-type. Absent means granular. */
  mapType?: 'atomic' | 'granular';
  /** x-kubernetes-patch-strategy, for strategic merge patch: "merge", "replace", "retainKeys", comma joined. */
  patchStrategy?: string;
  /** x-kubernetes-patch-merge-key, for strategic merge patch. */
  patchMergeKey?: string;
  /** x-kubernetes-validations (CEL), kept for CRDs. */
  validations?: readonly {
    rule: string;
    message?: string;
    messageExpression?: string;
    reason?: string;
    fieldPath?: string;
    optionalOldSelf?: boolean;
  }[];
}
