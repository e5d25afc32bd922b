import type { ServiceAccount } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';

/** Of a secret reference only the name counts. */
function cleanSecrets(account: ServiceAccount): void {
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => ({ name }));
}

export const serviceAccountDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  definition: 'io.k8s.api.core.v1.ServiceAccount',
  strategy: { prepareForCreate: cleanSecrets, prepareForUpdate: cleanSecrets },
  columns: [nameColumn, column('Secrets'), ageColumn],
  cells: (account: ServiceAccount, now: Date) => [
    account.metadata.name,
    account.secrets?.length ?? 0,
    age(account, now),
  ],
});
