import fc from 'fast-check';
import type { PersistentVolume, PersistentVolumeClaim } from '@nestor/api';
import { matchVolume, mismatch } from './match-volume';

const aVolume = (name: string, gigabytes: number, spec: object = {}): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, labels: { disk: gigabytes > 3 ? 'large' : 'small' } },
  spec: {
    capacity: { storage: `${gigabytes}Gi` },
    accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
    hostPath: { path: '/x' },
    ...spec,
  },
  status: { phase: 'Available' },
});
const aClaim = (gigabytes: number, spec: object = {}): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'default', uid: 'uid' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: `${gigabytes}Gi` } }, ...spec },
});

describe('the volume for a claim', () => {
  it.each<[string, PersistentVolume[], PersistentVolumeClaim, string | undefined]>([
    ['is the smallest that is large enough', [aVolume('a', 9), aVolume('b', 5), aVolume('c', 1)], aClaim(2), 'b'],
    ['has every access mode', [aVolume('a', 5)], aClaim(1, { accessModes: ['ReadWriteMany'] }), undefined],
    [
      'is of the class',
      [aVolume('a', 5), aVolume('b', 9, { storageClassName: 'x' })],
      aClaim(1, { storageClassName: 'x' }),
      'b',
    ],
    ['is of the mode', [aVolume('a', 5)], aClaim(1, { volumeMode: 'Block' }), undefined],
    [
      'meets the selector',
      [aVolume('a', 2), aVolume('b', 5)],
      aClaim(1, { selector: { matchLabels: { disk: 'large' } } }),
      'b',
    ],
    [
      'is not another claim',
      [aVolume('a', 2, { claimRef: { namespace: 'default', name: 'other' } })],
      aClaim(1),
      undefined,
    ],
    [
      'is the one kept for it',
      [aVolume('a', 2), aVolume('b', 5, { claimRef: { namespace: 'default', name: 'c' } })],
      aClaim(1),
      'b',
    ],
    [
      'is none that was kept for an earlier claim of the name',
      [aVolume('b', 5, { claimRef: { namespace: 'default', name: 'c', uid: 'old' } })],
      aClaim(1),
      undefined,
    ],
  ])('%s', (_, volumes, claim, expected) => {
    expect(matchVolume(volumes, claim)?.metadata.name).toBe(expected);
  });

  it('is one that is free already', () => {
    expect(matchVolume([{ ...aVolume('a', 5), status: { phase: 'Pending' } }], aClaim(1))).toBeUndefined();
  });

  it('is only the kept one where the scheduler chooses', () => {
    const kept = aVolume('b', 5, { claimRef: { namespace: 'default', name: 'c' }, storageClassName: 'other' });
    expect(matchVolume([aVolume('a', 2)], aClaim(1), true)).toBeUndefined();
    expect(matchVolume([aVolume('a', 2), kept], aClaim(1), true)?.metadata.name).toBe('b');
  });

  it.each<[string, PersistentVolume, object]>([
    ['requested PV is too small', aVolume('a', 1), {}],
    ['storageClassName does not match', aVolume('a', 5, { storageClassName: 'x' }), {}],
    ['volumeAttributesClassName does not match', aVolume('a', 5), { volumeAttributesClassName: 'gold' }],
    ['incompatible volumeMode', aVolume('a', 5), { volumeMode: 'Block' }],
    ['incompatible accessMode', aVolume('a', 5), { accessModes: ['ReadWriteMany'] }],
  ])('is refused when named: %s', (why, volume, spec) => {
    expect(mismatch(volume, aClaim(2, spec))).toBe(why);
    expect(mismatch(aVolume('a', 5), aClaim(2))).toBeUndefined();
  });

  it('is the smallest of any set', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 20 }),
        (sizes, asked) => {
          const volumes = sizes.map((size, at) => aVolume(`v${at}-${size}`, size));
          const expected = sizes.filter((size) => size >= asked).sort((a, b) => a - b)[0];
          const found = matchVolume(volumes, aClaim(asked))?.metadata.name;
          expect(found && Number(found.split('-')[1])).toBe(expected);
        },
      ),
    );
  });
});
