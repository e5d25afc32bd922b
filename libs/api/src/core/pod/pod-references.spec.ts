import type { Pod } from '../../meta/json-types';
import { podReferences } from './pod-references';

const podOf = (spec: object, status: object = {}): Pod =>
  ({ metadata: { namespace: 'a', name: 'p' }, spec: { containers: [], ...spec }, status }) as unknown as Pod;
const withVolume = (source: object): Pod => podOf({ volumes: [{ name: 'v', ...source }] });
const env = {
  env: [
    { name: 'A', valueFrom: { secretKeyRef: { name: 'one', key: 'k' } } },
    { name: 'B', valueFrom: { configMapKeyRef: { name: 'two', key: 'k' } } },
    { name: 'C', value: 'plain' },
  ],
  envFrom: [{ secretRef: { name: 'three' } }, { configMapRef: { name: 'four' } }],
};
const secretRef = { name: 's' };

describe('podReferences', () => {
  it.each([
    ['image pull secrets', podOf({ imagePullSecrets: [{ name: 's' }, { name: '' }, { name: 's' }] })],
    ['a secret', withVolume({ secret: { secretName: 's' } })],
    ['a projected secret', withVolume({ projected: { sources: [{ secret: { name: 's' } }] } })],
    ['Azure files', withVolume({ azureFile: { secretName: 's', shareName: 'x' } })],
    ['a driver inline', withVolume({ csi: { driver: 'd', nodePublishSecretRef: secretRef } })],
    ['CephFS', withVolume({ cephfs: { monitors: [], secretRef } })],
    ['Cinder', withVolume({ cinder: { volumeID: 'x', secretRef } })],
    ['FlexVolume', withVolume({ flexVolume: { driver: 'd', secretRef } })],
    ['iSCSI', withVolume({ iscsi: { iqn: 'i', lun: 0, targetPortal: 't', secretRef } })],
    ['RBD', withVolume({ rbd: { image: 'i', monitors: [], secretRef } })],
    ['ScaleIO', withVolume({ scaleIO: { gateway: 'g', system: 's', secretRef } })],
    ['StorageOS', withVolume({ storageos: { secretRef } })],
  ])('finds the secret of %s', (_what, pod) => expect(podReferences(pod).secrets).toEqual(['s']));

  it.each(['containers', 'initContainers', 'ephemeralContainers'])('looks at the environment of %s', (kind) => {
    const { secrets, configmaps } = podReferences(podOf({ [kind]: [{ name: 'c', ...env }] }));
    expect([secrets, configmaps]).toEqual([
      ['three', 'one'],
      ['four', 'two'],
    ]);
  });

  it('finds config maps, the service account and claims', () => {
    const pod = podOf(
      {
        serviceAccountName: 'robot',
        volumes: [
          { name: 'm', configMap: { name: 'plain' } },
          { name: 'p', projected: { sources: [{ configMap: { name: 'projected' } }, { serviceAccountToken: {} }] } },
          { name: 'c', persistentVolumeClaim: { claimName: 'kept' } },
          { name: 'e', ephemeral: { volumeClaimTemplate: {} } },
          { name: 'd', emptyDir: {} },
        ],
        resourceClaims: [
          { name: 'direct', resourceClaimName: 'gpu' },
          { name: 'made', resourceClaimTemplateName: 't' },
          { name: 'pending', resourceClaimTemplateName: 't' },
        ],
      },
      {
        resourceClaimStatuses: [{ name: 'made', resourceClaimName: 'p-made-1' }],
        extendedResourceClaimStatus: { resourceClaimName: 'p-extended', requestMappings: [] },
      },
    );
    expect(podReferences(pod)).toEqual({
      secrets: [],
      configmaps: ['plain', 'projected'],
      serviceaccounts: ['robot'],
      persistentvolumeclaims: ['kept', 'p-e'],
      resourceclaims: ['gpu', 'p-made-1', 'p-extended'],
    });
  });
});
