import { META, QUANTITY, RAW_EXTENSION } from './overlay/overlay';
import type { StructuralSchema } from './structural-schema';

const CRD = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.';

/** Published definitions that are no class in the client: their JSON is a scalar, a choice or anything. */
export const scalarDefinitions: Readonly<Record<string, StructuralSchema>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { format: 'int-or-string', intOrString: true },
  [QUANTITY]: { type: 'string', format: 'quantity' },
  [`${META}Time`]: { type: 'string', format: 'date-time' },
  [`${META}MicroTime`]: { type: 'string', format: 'date-time-micro' },
  [`${META}FieldsV1`]: { type: 'object', preserveUnknownFields: true },
  [`${META}Patch`]: { type: 'object', preserveUnknownFields: true },
  [RAW_EXTENSION]: { type: 'object', preserveUnknownFields: true },
  [`${CRD}JSON`]: { preserveUnknownFields: true },
  [`${CRD}JSONSchemaPropsOrArray`]: { preserveUnknownFields: true },
  [`${CRD}JSONSchemaPropsOrBool`]: { preserveUnknownFields: true },
  [`${CRD}JSONSchemaPropsOrStringArray`]: { preserveUnknownFields: true },
  [`${CRD}CustomResourceSubresourceStatus`]: { type: 'object', preserveUnknownFields: true },
  // An empty type, which the generated declarations leave out.
  'io.k8s.api.scheduling.v1alpha2.BasicSchedulingPolicy': { type: 'object' },
};
