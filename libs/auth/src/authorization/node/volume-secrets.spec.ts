import type { PersistentVolume } from '@nestor/api';
import { volumeSecrets } from './volume-secrets';

const claimRef = { namespace: 'a', name: 'c' };
const volumeOf = (source: object): PersistentVolume =>
  ({ metadata: { name: 'pv' }, spec: { claimRef, ...source } }) as unknown as PersistentVolume;
const there = { namespace: 'b', name: 's' };

describe('volumeSecrets', () => {
  it.each([
    [
      'all that a driver needs on the node',
      { csi: { nodePublishSecretRef: there, nodeStageSecretRef: there } },
      [there, there],
    ],
    ['what it needs there to expand', { csi: { nodeExpandSecretRef: there } }, [there]],
    [
      'nothing of what its controller needs',
      { csi: { controllerPublishSecretRef: there, controllerExpandSecretRef: there } },
      [],
    ],
    ['the namespace that is named', { cephfs: { secretRef: there } }, [there]],
    ['the namespace of the claim', { rbd: { secretRef: { name: 's' } } }, [{ namespace: 'a', name: 's' }]],
    ['Azure files there', { azureFile: { secretName: 's', secretNamespace: 'b' } }, [there]],
    ['Azure files beside the claim', { azureFile: { secretName: 's' } }, [{ namespace: 'a', name: 's' }]],
    ['Cinder', { cinder: { secretRef: there } }, [there]],
    ['StorageOS', { storageos: { secretRef: there } }, [there]],
    ['a directory', { hostPath: { path: '/x' } }, []],
  ])('finds %s', (_what, source, secrets) => expect(volumeSecrets(volumeOf(source))).toEqual(secrets));
});
