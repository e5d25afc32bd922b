import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { PersistentVolumeClaim } from '../../meta/json-types';

type Spec = NonNullable<PersistentVolumeClaim['spec']>;
type Source = NonNullable<Spec['dataSource']>;

/** dataSource is the older of two fields for the same: it takes claims and snapshots only, and the other follows it. */
export function normalizeDataSources(spec: Spec): void {
  if (spec.dataSource && !isClaim(spec.dataSource) && !isSnapshot(spec.dataSource)) delete spec.dataSource;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  if (!dataSource && dataSourceRef && !dataSourceRef.namespace) {
    const { namespace: _none, ...local } = dataSourceRef;
    spec.dataSource = local;
  }
}

export function validateDataSources({ dataSource, dataSourceRef }: Spec): FieldError[] {
  const errors = [
    ...(dataSource ? validateSource(dataSource, 'spec.dataSource') : []),
    ...(dataSourceRef ? validateSource(dataSourceRef, 'spec.dataSourceRef') : []),
  ];
  if (!dataSource || !dataSourceRef) return errors;
  if (dataSourceRef.namespace)
    errors.push(
      field.invalid('spec', 'spec.dataSource', 'may not be specified when dataSourceRef.namespace is specified'),
    );
  else if (!isSame(dataSource, dataSourceRef))
    errors.push(field.invalid('spec', 'spec.dataSource', 'must match dataSourceRef'));
  return errors;
}

function validateSource(source: Source, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!source.name) errors.push(field.required(`${path}.name`));
  if (!source.kind) errors.push(field.required(`${path}.kind`));
  if (!source.apiGroup && source.kind !== 'PersistentVolumeClaim')
    errors.push(
      field.invalid(path, source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"),
    );
  return errors;
}

const isClaim = ({ apiGroup, kind }: Source): boolean => !apiGroup && kind === 'PersistentVolumeClaim';
const isSnapshot = ({ apiGroup, kind }: Source): boolean =>
  apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot';
const isSame = (a: Source, b: Source): boolean =>
  (a.apiGroup ?? '') === (b.apiGroup ?? '') && a.kind === b.kind && a.name === b.name;
