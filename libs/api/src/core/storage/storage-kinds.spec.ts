import { changed, context, created, createErrors, definitionOf, updateErrors } from '../../../test/created';
import type { PersistentVolume, PersistentVolumeClaim } from '../../meta/json-types';

const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'default' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const volume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'v' },
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
};

describe('PersistentVolumeClaim', () => {
  const sourceOf = (spec: object) => {
    const { dataSource, dataSourceRef } = created<PersistentVolumeClaim>(changed(claim, { spec })).spec ?? {};
    return { dataSource, dataSourceRef };
  };

  it('keeps both fields for its source alike', () => {
    const other = { kind: 'PersistentVolumeClaim', name: 'other' };
    expect(sourceOf({ dataSource: other })).toEqual({ dataSource: other, dataSourceRef: other });
    expect(sourceOf({ dataSourceRef: other })).toEqual({ dataSource: other, dataSourceRef: other });
    const far = { ...other, namespace: 'far' };
    expect(sourceOf({ dataSourceRef: far })).toEqual({ dataSource: undefined, dataSourceRef: far });
    const custom = { apiGroup: 'example.com', kind: 'Image', name: 'i' };
    expect(sourceOf({ dataSource: custom })).toEqual({ dataSource: undefined, dataSourceRef: undefined });
  });

  it('refuses sources that differ, or are not whole', () => {
    const a = { kind: 'PersistentVolumeClaim', name: 'a' };
    expect(createErrors(changed(claim, { spec: { dataSource: a, dataSourceRef: { ...a, name: 'b' } } }))).toEqual([
      'spec: Invalid value: "spec.dataSource": must match dataSourceRef',
    ]);
    expect(
      createErrors(changed(claim, { spec: { dataSourceRef: { kind: 'Pod', name: '', namespace: 'n' } } })),
    ).toEqual([
      'spec.dataSourceRef.name: Required value',
      'spec.dataSourceRef: Invalid value: "Pod": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
    ]);
  });

  it('does not lose its attributes class', () => {
    const gold = changed(claim, { spec: { volumeName: 'v', volumeAttributesClassName: 'gold' } });
    const bare = changed(claim, { spec: { volumeName: 'v' } });
    expect(updateErrors(gold, bare)).toEqual([
      'spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden',
    ]);
  });
});

describe('PersistentVolume', () => {
  it('tells when its phase changed', () => {
    const old = created<PersistentVolume>(volume);
    expect(old.status).toEqual({ phase: 'Pending', lastPhaseTransitionTime: '2026-01-01T00:00:00Z' });
    const { strategy } = definitionOf('v1', 'PersistentVolume');
    const after = (status: object) => {
      const next = { ...structuredClone(old), status: { ...old.status, ...status } };
      strategy.prepareForUpdate?.(next, old, { ...context('status'), now: '2026-02-02T00:00:00Z' });
      return next.status.lastPhaseTransitionTime;
    };
    expect(after({ phase: 'Available' })).toBe('2026-02-02T00:00:00Z');
    expect(after({ message: 'm' })).toBe('2026-01-01T00:00:00Z');
    expect(after({ phase: 'Bound', lastPhaseTransitionTime: '2026-03-03T00:00:00Z' })).toBe('2026-03-03T00:00:00Z');
  });
});
