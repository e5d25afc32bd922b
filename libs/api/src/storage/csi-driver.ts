import type { FieldError } from '../errors/field-error';
import type { CsiDriver } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { validateImmutable, validateOneOf } from '../validation/checks';

const groupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];

function validate({ spec }: CsiDriver): FieldError[] {
  return [
    ...validateOneOf(spec.fsGroupPolicy, groupPolicies, 'spec.fsGroupPolicy'),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) =>
      validateOneOf(mode, ['Ephemeral', 'Persistent'], 'spec.volumeLifecycleModes'),
    ),
  ];
}

export const csiDriverDefinition = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  namespaced: false,
  definition: 'io.k8s.api.storage.v1.CSIDriver',
  strategy: {
    setDefaults: ({ spec }: CsiDriver) => {
      if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
    },
    validate,
    validateUpdate: (driver: CsiDriver, old: CsiDriver) => [
      ...validate(driver),
      ...validateImmutable(driver.spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired'),
      ...validateImmutable(
        driver.spec.volumeLifecycleModes,
        old.spec.volumeLifecycleModes,
        'spec.volumeLifecycleModes',
      ),
    ],
  },
  columns: [
    nameColumn,
    column('AttachRequired', 'boolean'),
    column('PodInfoOnMount', 'boolean'),
    column('StorageCapacity', 'boolean'),
    column('TokenRequests'),
    column('RequiresRepublish', 'boolean'),
    column('Modes'),
    ageColumn,
  ],
  cells: (driver: CsiDriver, now: Date) => [
    driver.metadata.name,
    driver.spec.attachRequired ?? true,
    driver.spec.podInfoOnMount ?? false,
    driver.spec.storageCapacity ?? false,
    driver.spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
    driver.spec.requiresRepublish ?? false,
    (driver.spec.volumeLifecycleModes ?? []).join(','),
    age(driver, now),
  ],
});
