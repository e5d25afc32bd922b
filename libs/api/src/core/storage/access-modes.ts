import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';

const known = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const shortForms: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};
const order = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];

export const volumeModes = ['Block', 'Filesystem'];

export function validateAccessModes(modes: readonly string[] | undefined, missing: string | undefined): FieldError[] {
  const path = 'spec.accessModes';
  if (!modes || modes.length === 0) return [field.required(path, missing)];
  const errors = modes.flatMap((mode) => (known.includes(mode) ? [] : [field.notSupported(path, mode, known)]));
  if (modes.length > 1 && modes.includes('ReadWriteOncePod'))
    errors.push(field.forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  return errors;
}

/** "RWO,ROX", as tables show them. */
export function accessModesText(modes: readonly string[] | undefined): string {
  return order
    .filter((mode) => modes?.includes(mode))
    .map((mode) => shortForms[mode])
    .join(',');
}
