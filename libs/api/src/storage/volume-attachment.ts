import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { VolumeAttachment } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { validateImmutable } from '../validation/checks';

function validate({ spec }: VolumeAttachment): FieldError[] {
  const { attacher, nodeName, source } = spec;
  const errors: FieldError[] = [];
  if (!attacher) errors.push(field.required('spec.attacher'));
  if (!nodeName) errors.push(field.required('spec.nodeName'));
  const { persistentVolumeName, inlineVolumeSpec } = source;
  if (!persistentVolumeName && !inlineVolumeSpec)
    errors.push(field.required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  if (persistentVolumeName && inlineVolumeSpec)
    errors.push(
      field.forbidden('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'),
    );
  return errors;
}

export const volumeAttachmentDefinition = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  namespaced: false,
  definition: 'io.k8s.api.storage.v1.VolumeAttachment',
  hasStatus: true,
  strategy: {
    prepareForCreate: (attachment: VolumeAttachment) => void (attachment.status = { attached: false }),
    validate,
    validateUpdate: (attachment: VolumeAttachment, old: VolumeAttachment, { subresource }: StrategyContext) =>
      subresource === 'status'
        ? []
        : [...validate(attachment), ...validateImmutable(attachment.spec, old.spec, 'spec')],
  },
  columns: [nameColumn, column('Attacher'), column('PV'), column('Node'), column('Attached', 'boolean'), ageColumn],
  cells: (attachment: VolumeAttachment, now: Date) => [
    attachment.metadata.name,
    attachment.spec.attacher,
    attachment.spec.source?.persistentVolumeName ?? '',
    attachment.spec.nodeName,
    attachment.status?.attached ?? false,
    age(attachment, now),
  ],
});
