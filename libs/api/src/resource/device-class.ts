import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import { isExtendedResource } from '../core/resource-quota/resource-names';
import type { DeviceClass } from '../meta/json-types';
import { semanticEqual } from '../meta/semantic-equal';
import { defineKind } from '../registry/define-kind';
import { validateConfiguration } from './configuration-validation';
import { limits } from './limits';
import { validateList } from './list-validation';
import { validateSelectors } from './selector-validation';

/** What was stored is not judged again by rules that may have become stricter. */
function validate({ spec }: DeviceClass, old?: DeviceClass): FieldError[] {
  const name = spec.extendedResourceName;
  const isStored = (part: 'selectors' | 'config'): boolean =>
    old !== undefined && semanticEqual(spec[part], old.spec[part]);
  return [
    ...(isStored('selectors') ? [] : validateSelectors(spec.selectors, 'spec.selectors')),
    ...(isStored('config')
      ? []
      : validateList(spec.config, limits.configurations, 'spec.config', validateConfiguration)),
    ...(name === undefined || isExtendedResource(name)
      ? []
      : [field.invalid('spec.extendedResourceName', name, 'must be a valid extended resource name')]),
  ];
}

export const deviceClassDefinition = defineKind({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  namespaced: false,
  definition: 'io.k8s.api.resource.v1.DeviceClass',
  hasGeneration: true,
  strategy: {
    validate: (deviceClass: DeviceClass) => validate(deviceClass),
    validateUpdate: (deviceClass: DeviceClass, old: DeviceClass) => validate(deviceClass, old),
  },
});
