import type { Secret } from '../../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../../registry/define-kind';
import { validateSecret, validateSecretUpdate } from './secret-validation';

/** stringData is for writing only: it is merged into data and never stored. */
function setDefaults(secret: Secret): void {
  if (!secret.stringData) return;
  const data = (secret.data ??= {});
  for (const [key, value] of Object.entries(secret.stringData)) data[key] = Buffer.from(value).toString('base64');
  delete secret.stringData;
}

/** An update that does not say keeps the type. */
function prepareForUpdate(secret: Secret, old: Readonly<Secret>): void {
  secret.type ||= old.type;
}

export const secretDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  definition: 'io.k8s.api.core.v1.Secret',
  strategy: {
    setDefaults,
    prepareForUpdate,
    validate: validateSecret,
    validateUpdate: validateSecretUpdate,
  },
  columns: [nameColumn, column('Type'), column('Data'), ageColumn],
  cells: (secret: Secret, now: Date) => [
    secret.metadata.name,
    secret.type ?? '',
    Object.keys(secret.data ?? {}).length,
    age(secret, now),
  ],
  selectableFields: (secret: Secret) => ({ type: secret.type ?? '' }),
  selectableFieldNames: ['type'],
});
