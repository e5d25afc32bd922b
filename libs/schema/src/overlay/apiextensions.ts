import { atomic, inPackage, initially, mapOf, named, pointer, struct } from './overlay';
import type { Overlay } from './overlay';

const PACKAGE = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.';
const json = { ref: `${PACKAGE}JSON` };
const orBool = { ref: `${PACKAGE}JSONSchemaPropsOrBool` };
const orStrings = { ref: `${PACKAGE}JSONSchemaPropsOrStringArray` };

/** k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1, its defaults.go included. */
export const apiextensionsOverlay: Overlay = inPackage(PACKAGE, {
  CustomResourceDefinition: { metadata: struct, spec: struct, status: struct },
  CustomResourceDefinitionList: { metadata: struct },
  CustomResourceDefinitionSpec: {
    conversion: initially({ strategy: 'None' }),
    names: struct,
    scope: named('ResourceScope', ''),
    versions: atomic,
  },
  CustomResourceDefinitionStatus: { acceptedNames: struct, conditions: mapOf('type'), storedVersions: atomic },
  CustomResourceDefinitionNames: { categories: atomic, shortNames: atomic },
  CustomResourceDefinitionVersion: { additionalPrinterColumns: atomic, selectableFields: atomic },
  CustomResourceDefinitionCondition: {
    status: named('ConditionStatus', ''),
    type: named('CustomResourceDefinitionConditionType', ''),
  },
  CustomResourceConversion: { strategy: named('ConversionStrategyType', '') },
  CustomResourceSubresources: { status: { ref: `${PACKAGE}CustomResourceSubresourceStatus` } },
  WebhookConversion: { conversionReviewVersions: atomic },
  ServiceReference: { port: initially(443) },
  ValidationRule: { reason: named('FieldValueErrorReason') },
  JSONSchemaProps: {
    additionalItems: orBool,
    additionalProperties: orBool,
    allOf: atomic,
    anyOf: atomic,
    default: json,
    dependencies: { additionalProperties: orStrings },
    enum: { ...atomic, items: json },
    example: json,
    items: { ref: `${PACKAGE}JSONSchemaPropsOrArray` },
    oneOf: atomic,
    required: atomic,
    'x-kubernetes-list-map-keys': atomic,
    'x-kubernetes-preserve-unknown-fields': pointer,
    'x-kubernetes-validations': { ...mapOf('rule'), patchStrategy: 'merge', patchMergeKey: 'rule' },
  },
});
