import type { FieldError } from '../../../errors/field-error';
import type { Pod, PodTemplateSpec } from '../../../meta/json-types';
import { validateLabels } from '../../../meta/labels-validation';
import { validateAnnotations } from '../../../meta/object-meta-validation';
import { field } from '../../../errors/field-error';
import { validatePodSpec } from './pod-spec';

export function validatePod(pod: Pod): FieldError[] {
  if (!pod.spec) return [field.required('spec.containers')];
  return validatePodSpec(pod.spec, 'spec', pod.metadata);
}

/** ValidatePodTemplateSpec */
export function validateTemplateMetadata({ metadata }: Pick<PodTemplateSpec, 'metadata'>, path: string): FieldError[] {
  return [
    ...validateLabels(metadata?.labels, `${path}.metadata.labels`),
    ...validateAnnotations(metadata?.annotations, `${path}.metadata.annotations`),
  ];
}

export function validatePodTemplate(template: PodTemplateSpec, path: string): FieldError[] {
  const errors = [
    ...validateTemplateMetadata(template, path),
    ...(template.spec ? validatePodSpec(template.spec, `${path}.spec`) : [field.required(`${path}.spec.containers`)]),
  ];
  if (template.spec?.ephemeralContainers?.length) {
    errors.push(
      field.forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'),
    );
  }
  return errors;
}
