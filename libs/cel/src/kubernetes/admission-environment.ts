import { BOOL, CelType, DYN, INT, listOf, mapOf, objectType, opaque, STRING, TIMESTAMP } from '../types/cel-type';
import { jsonPatchType } from '../library/json-patch';

const gvk = objectType('kubernetes.GroupVersionKind', { group: STRING, version: STRING, kind: STRING });
const gvr = objectType('kubernetes.GroupVersionResource', { group: STRING, version: STRING, resource: STRING });
const userInfo = objectType('kubernetes.UserInfo', {
  username: STRING,
  uid: STRING,
  groups: listOf(STRING),
  extra: mapOf(STRING, listOf(STRING)),
});

const request = objectType('kubernetes.AdmissionRequest', {
  kind: gvk,
  resource: gvr,
  subResource: STRING,
  requestKind: gvk,
  requestResource: gvr,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo,
  dryRun: BOOL,
  options: DYN,
});

const namespaceCondition = objectType('kubernetes.NamespaceCondition', {
  status: STRING,
  type: STRING,
  lastTransitionTime: TIMESTAMP,
  message: STRING,
  reason: STRING,
});
const namespace = objectType('kubernetes.Namespace', {
  metadata: objectType('kubernetes.NamespaceMetadata', {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: mapOf(STRING, STRING),
    annotations: mapOf(STRING, STRING),
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: listOf(STRING),
  }),
  spec: objectType('kubernetes.NamespaceSpec', { finalizers: listOf(STRING) }),
  status: objectType('kubernetes.NamespaceStatus', { conditions: listOf(namespaceCondition), phase: STRING }),
});

/** Which of the variables an expression of admission has. */
export interface AdmissionDeclarations {
  readonly params?: boolean;
  readonly authorizer?: boolean;
  /** Types of a policy's own variables, by name. */
  readonly variables?: Readonly<Record<string, CelType>>;
  /** Types of object and params, where they are known; any otherwise. */
  readonly objectType?: CelType;
  readonly paramsType?: CelType;
}

/** What expressions of admission may name: those of match conditions and of both kinds of policies. */
export function admissionVariables(declared: AdmissionDeclarations): Readonly<Record<string, CelType>> {
  const object = declared.objectType ?? DYN;
  return {
    object,
    oldObject: object,
    namespaceObject: namespace,
    request,
    ...(declared.params ? { params: declared.paramsType ?? DYN } : {}),
    ...(declared.authorizer
      ? {
          authorizer: opaque('kubernetes.authorization.Authorizer'),
          'authorizer.requestResource': opaque('kubernetes.authorization.ResourceCheck'),
        }
      : {}),
    ...(declared.variables ? { variables: objectType('kubernetes.variables', declared.variables) } : {}),
  };
}

const anyFields = (name: string): CelType => ({
  kind: 'object',
  name,
  params: [],
  field: (property) => ({ type: DYN, property }),
});

/** What an apply configuration is made of: Object, and Object.spec.template for what stands there. */
export const applyConfigurationType = anyFields('Object');

/** The types that expressions of mutations may make objects of. */
export function mutationStruct(name: string): CelType | undefined {
  if (name === 'JSONPatch') return jsonPatchType;
  if (name === 'Object') return applyConfigurationType;
  return name.startsWith('Object.') ? anyFields(name) : undefined;
}
