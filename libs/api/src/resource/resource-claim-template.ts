import { validateTemplateMetadata } from '../core/pod/validation/pod';
import type { FieldError } from '../errors/field-error';
import type { ResourceClaimTemplate } from '../meta/json-types';
import { defineKind } from '../registry/define-kind';
import { validateImmutable } from '../validation/checks';
import { validateDeviceClaim } from './device-claim-validation';
import { setRequestDefaults } from './device-defaults';

function validate({ spec }: ResourceClaimTemplate): FieldError[] {
  return [
    ...validateTemplateMetadata(spec, 'spec'),
    ...validateDeviceClaim(spec.spec.devices ?? {}, 'spec.spec.devices'),
  ];
}

export const resourceClaimTemplateDefinition = defineKind({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  namespaced: true,
  definition: 'io.k8s.api.resource.v1.ResourceClaimTemplate',
  strategy: {
    setDefaults: ({ spec }: ResourceClaimTemplate) => setRequestDefaults(spec?.spec?.devices),
    validate,
    validateUpdate: (template: ResourceClaimTemplate, old: ResourceClaimTemplate) =>
      validateImmutable(template.spec, old.spec, 'spec'),
  },
});
