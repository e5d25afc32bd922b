import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { attachmentName, type PersistentVolume, type PersistentVolumeClaim, type Pod } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually, repositoryRoot } from '@nestor/testing';
import { PersistentVolumeModule } from '.';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const driver = 'disk.example.com';
const volume: PersistentVolume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'disk', annotations: { 'pv.kubernetes.io/provisioned-by': driver } },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'disks',
    csi: { driver, volumeHandle: 'h1' },
  },
};
const claim: PersistentVolumeClaim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'default' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'disks',
    volumeName: 'disk',
    resources: { requests: { storage: '1Gi' } },
  },
};
const podOn = (nodeName: string, name: string, volumes: object[]): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }], volumes },
  }) as Pod;
const withData = [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }];

(isBuilt ? describe : describe.skip)('users of volumes', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [PersistentVolumeModule.forRoot()] });
    await bed.client.resource(refs.serviceAccounts).create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'default' },
    });
    for (const name of ['n1', 'n2']) {
      const annotations = { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' };
      await nodes().create({ apiVersion: 'v1', kind: 'Node', metadata: { name, annotations } });
    }
    await bed.client.resource(refs.storageClasses).create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'disks' },
      provisioner: driver,
      allowVolumeExpansion: true,
    });
  }, 120_000);
  afterAll(() => bed?.stop());
  const nodes = () => bed.client.resource(refs.nodes);
  const pods = () => bed.client.resource(refs.pods);
  const claims = () => bed.client.resource(refs.persistentVolumeClaims);
  const attachments = () => bed.client.resource(refs.volumeAttachments);
  const happenings = async (): Promise<string[]> => {
    const { items } = await bed.client.resource(refs.events).list({ namespace: 'default' });
    return items.map(({ involvedObject, reason, message }) => `${involvedObject.name} ${reason} ${message}`);
  };
  const attachedTo = async (): Promise<string[]> =>
    (await attachments().list()).items.map(({ spec }) => `${spec.source.persistentVolumeName} ${spec.nodeName}`);

  it('have it attached to their node, and to no other before it is unmounted', async () => {
    await bed.client.resource(refs.persistentVolumes).create(volume);
    await claims().create(claim);
    await pods().create(podOn('n1', 'first', withData));
    await eventually(async () => expect(await attachedTo()).toEqual(['disk n1']));
    const made = await attachments().get(attachmentName('h1', driver, 'n1'));
    expect(made.spec.attacher).toBe(driver);
    await attachments().updateStatus({ ...made, status: { attached: true } });
    const unique = `kubernetes.io/csi/${driver}^h1`;
    await eventually(async () => {
      expect((await nodes().get('n1')).status?.volumesAttached).toEqual([{ name: unique, devicePath: '' }]);
      expect(await happenings()).toContain(
        'first SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "disk" ',
      );
    });
    await nodes().patch('n1', undefined, 'merge', { status: { volumesInUse: [unique] } }, { subresource: 'status' });
    await pods().create(podOn('n2', 'second', withData));
    await eventually(async () =>
      expect(await happenings()).toContain(
        'second FailedAttachVolume Multi-Attach error for volume "disk" Volume is already used by pod(s) first',
      ),
    );
    await pods().delete('first', 'default', { gracePeriodSeconds: 0 });
    expect(await attachedTo()).toEqual(['disk n1']);
    await nodes().patch('n1', undefined, 'merge', { status: { volumesInUse: [] } }, { subresource: 'status' });
    await eventually(async () => expect(await attachedTo()).toEqual(['disk n2']), { timeoutMs: 60_000 });
    expect((await nodes().get('n1')).status?.volumesAttached ?? []).toEqual([]);
  });

  it('get claims of their own for ephemeral volumes', async () => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const template = { metadata: { labels: { made: 'so' } }, spec };
    const scratch = [{ name: 'scratch', ephemeral: { volumeClaimTemplate: template } }];
    await claims().create({ ...claim, metadata: { name: 'other-scratch', namespace: 'default' }, spec });
    const pod = await pods().create(podOn('n1', 'worker', scratch));
    await pods().create(podOn('n1', 'other', scratch));
    await eventually(async () => {
      expect((await claims().get('worker-scratch', 'default')).metadata).toMatchObject({
        labels: { made: 'so' },
        ownerReferences: [{ kind: 'Pod', name: 'worker', uid: pod.metadata.uid, controller: true }],
      });
      expect(await happenings()).toContain(
        'other FailedBinding ephemeral volume scratch: PVC default/other-scratch was not created for pod default/other (pod is not owner)',
      );
    });
  });

  it('may let a claim grow where its class does', async () => {
    const grow = (name: string, storage: string) =>
      claims().patch(name, 'default', 'merge', { spec: { resources: { requests: { storage } } } });
    await grow('data', '3Gi');
    await eventually(async () =>
      expect(await happenings()).toContain(
        'data ExternalExpanding waiting for an external controller to expand this PVC',
      ),
    );
    await bed.client.resource(refs.storageClasses).patch('disks', undefined, 'merge', { allowVolumeExpansion: false });
    await expect(grow('data', '4Gi')).rejects.toThrow(
      'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
    await expect(grow('worker-scratch', '4Gi')).rejects.toThrow('spec is immutable after creation except');
  });

  it('keep a class of volume attributes', async () => {
    const classes = bed.client.resource(refs.volumeAttributesClasses);
    const volumes = bed.client.resource(refs.persistentVolumes);
    await classes.create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttributesClass',
      metadata: { name: 'gold' },
      driverName: driver,
      parameters: { iops: '9' },
    });
    const gold = { ...volume.spec, volumeAttributesClassName: 'gold' };
    await volumes.create({ ...volume, metadata: { name: 'golden' }, spec: gold });
    await eventually(async () =>
      expect((await classes.get('gold')).metadata.finalizers).toContain('kubernetes.io/vac-protection'),
    );
    // The controller goes by what it has heard of.
    await eventually(() =>
      expect(bed.informers.informer(refs.persistentVolumes).lister.get('', 'golden')).toBeDefined(),
    );
    await classes.delete('gold');
    expect((await classes.get('gold')).metadata.deletionTimestamp).toBeDefined();
    await volumes.delete('golden');
    await eventually(async () => expect((await classes.list()).items).toEqual([]));
  });
});
