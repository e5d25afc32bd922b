import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually } from '@nestor/testing';
import { StorageVersionModule } from './storage-version.module';

describe('storage-version-garbage-collector-controller', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [StorageVersionModule] });
  }, 120_000);
  afterAll(() => bed?.stop());

  const server = (apiServerID: string) => ({ apiServerID, encodingVersion: 'apps/v1', decodableVersions: ['apps/v1'] });

  it('takes out the servers whose lease is gone, and then the whole', async () => {
    const leases = bed.client.resource(refs.leases);
    const versions = bed.client.resource(refs.storageVersions);
    await leases.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: 'apiserver-one',
        namespace: 'kube-system',
        labels: { 'apiserver.kubernetes.io/identity': 'kube-apiserver' },
      },
      spec: {
        holderIdentity: 'one',
        leaseDurationSeconds: 3600,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    });
    const created = await versions.create({
      apiVersion: 'internal.apiserver.k8s.io/v1alpha1',
      kind: 'StorageVersion',
      metadata: { name: 'apps.deployments' },
      spec: {},
    });
    const status = {
      storageVersions: [server('apiserver-one'), server('apiserver-gone')],
      commonEncodingVersion: 'apps/v1',
    };
    await versions.updateStatus({ ...created, status });
    await eventually(async () =>
      expect((await versions.get('apps.deployments')).status?.storageVersions).toEqual([server('apiserver-one')]),
    );
    await leases.delete('apiserver-one', 'kube-system');
    await eventually(() => expect(versions.get('apps.deployments')).rejects.toMatchObject({ reason: 'NotFound' }));
  });
});
