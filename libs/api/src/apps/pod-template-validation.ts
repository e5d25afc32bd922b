import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { LabelSelector, PodTemplateSpec } from '../meta/json-types';
import { isEmptyLabelSelector, labelSelectorMatcher, validateLabelSelector } from '../meta/label-selector';
import { validatePodTemplate, validateTemplateMetadata } from '../core/pod/validation/pod';

interface WorkloadSpec {
  replicas?: number;
  selector?: LabelSelector;
  template?: PodTemplateSpec;
}

/** A selector that is there, not empty and well formed. */
export function validateSelector(selector: LabelSelector | undefined, empty: string): FieldError[] {
  if (selector === undefined || selector === null) return [field.required('spec.selector')];
  const errors = validateLabelSelector(selector, 'spec.selector');
  if (isEmptyLabelSelector(selector)) errors.push(field.invalid('spec.selector', selector, empty));
  return errors;
}

/** ValidatePodTemplateSpecForReplicaSet: the selector finds the pods made from the template, which run forever. */
export function validateWorkloadTemplate(
  { replicas = 0, selector, template }: WorkloadSpec,
  kind = 'ReplicaSet',
): FieldError[] {
  if (!template) return [field.required('spec.template')];
  const errors: FieldError[] = [];
  if (selector && !isEmptyLabelSelector(selector)) {
    const labels = template.metadata?.labels ?? {};
    if (!matches(selector, labels)) {
      errors.push(
        field.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
      );
    }
  }
  // A StatefulSet's pods also mount volumes that its claim templates bring: they are judged when they are made.
  errors.push(
    ...(kind === 'StatefulSet'
      ? validateTemplateMetadata(template, 'spec.template')
      : validatePodTemplate(template, 'spec.template')),
  );
  if (replicas > 1) errors.push(...validateSharedDisks(template));
  const policy = template.spec?.restartPolicy;
  if (policy !== undefined && policy !== 'Always') {
    errors.push(field.notSupported('spec.template.spec.restartPolicy', policy, ['Always']));
  }
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    errors.push(
      field.forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`),
    );
  }
  return errors;
}

/** A selector that cannot be compiled has been reported by its own validation. */
function matches(selector: LabelSelector, labels: Record<string, string>): boolean {
  try {
    return labelSelectorMatcher(selector).matches(labels);
  } catch {
    return true;
  }
}

function validateSharedDisks(template: PodTemplateSpec): FieldError[] {
  return (template.spec?.volumes ?? []).flatMap((volume, index) =>
    volume.gcePersistentDisk && volume.gcePersistentDisk.readOnly === false
      ? [
          field.invalid(
            `spec.template.spec.volumes[${index}].gcePersistentDisk.readOnly`,
            false,
            'must be true for replicated pods > 1; GCE PD can only be mounted on multiple machines if it is read-only',
          ),
        ]
      : [],
  );
}
