import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PersistentVolume, PersistentVolumeClaim } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually, repositoryRoot } from '@nestor/testing';
import { PersistentVolumeModule } from '.';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const aVolume = (name: string, storage: string): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], hostPath: { path: `/tmp/${name}` } },
});
const aClaim = (name: string, storage: string, spec: object = {}): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'default' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...spec },
});

(isBuilt ? describe : describe.skip)('claims and volumes', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [PersistentVolumeModule.forRoot()] });
  }, 120_000);
  afterAll(() => bed?.stop());
  const claims = () => bed.client.resource(refs.persistentVolumeClaims);
  const volumes = () => bed.client.resource(refs.persistentVolumes);
  const phases = async (): Promise<Record<string, string>> => {
    const all = [...(await claims().list()).items, ...(await volumes().list()).items];
    return Object.fromEntries(all.map(({ metadata, status }) => [metadata.name, status?.phase ?? '']));
  };

  const happenings = async (): Promise<string[]> => {
    const { items } = await bed.client.resource(refs.events).list({ namespace: 'default' });
    return items.map(({ involvedObject, reason, message }) => `${involvedObject.name} ${reason} ${message}`);
  };

  it('find each other, the smallest that fits, one volume a claim, and wait otherwise', async () => {
    for (const one of [aVolume('v-large', '10Gi'), aVolume('v-small', '2Gi')]) await volumes().create(one);
    await eventually(async () => expect(await phases()).toEqual({ 'v-large': 'Available', 'v-small': 'Available' }));
    await Promise.all([claims().create(aClaim('first', '1Gi')), claims().create(aClaim('third', '50Gi'))]);
    await eventually(async () =>
      expect(await phases()).toEqual({ first: 'Bound', third: 'Pending', 'v-large': 'Available', 'v-small': 'Bound' }),
    );
    const first = await claims().get('first', 'default');
    expect(first.spec?.volumeName).toBe('v-small');
    expect(first.status).toMatchObject({ capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'] });
    expect(first.metadata.annotations).toMatchObject({ 'pv.kubernetes.io/bind-completed': 'yes' });
    await claims().create(aClaim('second', '1Gi'));
    await eventually(async () => expect(await phases()).toMatchObject({ second: 'Bound', 'v-large': 'Bound' }));
  });

  it('stay while a pod uses them, and a volume outlives its claim as Released', async () => {
    const accounts = bed.client.resource(refs.serviceAccounts);
    await accounts.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'default' },
    });
    const pods = bed.client.resource(refs.pods);
    await pods.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'user', namespace: 'default' },
      spec: {
        containers: [{ name: 'c', image: 'i' }],
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'first' } }],
      },
    });
    await claims().delete('first', 'default');
    await volumes().delete('v-large');
    expect((await claims().get('first', 'default')).metadata.deletionTimestamp).toBeDefined();
    await pods.delete('user', 'default', { gracePeriodSeconds: 0 });
    await eventually(async () => {
      const found = await phases();
      expect(found['first']).toBeUndefined();
      expect(found['v-small']).toBe('Released');
      expect(found['v-large']).toBe('Bound');
    });
    await claims().delete('second', 'default');
    await eventually(async () => expect((await phases())['v-large']).toBeUndefined());
  });

  it('say what keeps them apart, and keep a volume that is released by its policy', async () => {
    await volumes().create(aVolume('v-named', '2Gi'));
    await claims().create(aClaim('named', '5Gi', { volumeName: 'v-named' }));
    await volumes().create({
      ...aVolume('v-taken', '3Gi'),
      spec: { ...aVolume('v-taken', '3Gi').spec, claimRef: { namespace: 'default', name: 'somebody' } },
    });
    await claims().create(aClaim('late', '1Gi', { volumeName: 'v-taken' }));
    await eventually(async () => {
      const told = await happenings();
      expect(told).toContain(
        'named VolumeMismatch Cannot bind to requested volume "v-named": requested PV is too small',
      );
      expect(told).toContain('late FailedBinding volume "v-taken" already bound to a different claim.');
      expect(told).toContain(
        'third FailedBinding no persistent volumes available for this claim and no storage class is set',
      );
    });
    for (const name of ['named', 'late', 'third']) await claims().delete(name, 'default');
    await volumes().create({
      ...aVolume('v-recycled', '7Gi'),
      spec: { ...aVolume('v-recycled', '7Gi').spec, persistentVolumeReclaimPolicy: 'Recycle' },
    });
    await volumes().create({
      ...aVolume('v-deleted', '8Gi'),
      spec: {
        ...aVolume('v-deleted', '8Gi').spec,
        persistentVolumeReclaimPolicy: 'Delete',
        hostPath: { path: '/srv/x' },
      },
    });
    await claims().create(aClaim('recycled', '7Gi'));
    await eventually(async () => expect(await phases()).toMatchObject({ recycled: 'Bound', 'v-recycled': 'Bound' }));
    await claims().create(aClaim('deleted', '8Gi'));
    await eventually(async () => expect(await phases()).toMatchObject({ deleted: 'Bound', 'v-deleted': 'Bound' }));
    for (const name of ['recycled', 'deleted']) await claims().delete(name, 'default');
    const pods = bed.client.resource(refs.pods);
    const recycler = await eventually(() => pods.get('recycler-for-v-recycled', 'default'));
    expect(recycler.spec).toMatchObject({
      activeDeadlineSeconds: 210,
      volumes: [{ hostPath: { path: '/tmp/v-recycled' } }, {}],
    });
    await pods.updateStatus({ ...recycler, status: { phase: 'Succeeded' } });
    await eventually(async () => {
      expect(await phases()).toMatchObject({ 'v-recycled': 'Available', 'v-deleted': 'Failed' });
      expect((await volumes().get('v-recycled')).spec?.claimRef).toBeUndefined();
      const told = await happenings();
      expect(told).toContain('v-recycled VolumeRecycled Volume recycled');
      expect(told).toContain(
        'v-deleted VolumeFailedDelete host_path deleter only supports /tmp/.+ but received provided /srv/x',
      );
    });
  });

  it('get the default class when there is one, and wait for a consumer where it says so', async () => {
    await claims().create(aClaim('early', '90Gi'));
    await bed.client.resource(refs.storageClasses).create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'nestor.dev/node-local',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    await eventually(async () => {
      expect((await claims().get('early', 'default')).spec?.storageClassName).toBe('standard');
      expect(await happenings()).toContain(
        'early WaitForFirstConsumer waiting for first consumer to be created before binding',
      );
    });
    await bed.client.resource(refs.pods).create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'consumer', namespace: 'default' },
      spec: {
        containers: [{ name: 'c', image: 'i' }],
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'early' } }],
      },
    });
    await eventually(async () =>
      expect(await happenings()).toContain('early WaitForPodScheduled waiting for pod consumer to be scheduled'),
    );
  });

  it('get a directory of the node that was chosen, which the node removes in the end', async () => {
    const nodes = bed.client.resource(refs.nodes);
    const choose = (node: string) =>
      claims().patch('early', 'default', 'merge', {
        metadata: { annotations: { 'volume.kubernetes.io/selected-node': node } },
      });
    await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'bare' } });
    await nodes.create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: 'n1',
        labels: { 'kubernetes.io/hostname': 'n1' },
        annotations: { 'volumes.nestor.dev/directory': '/data/volumes' },
      },
    });
    await choose('bare');
    await eventually(async () => {
      expect((await claims().get('early', 'default')).metadata.annotations).not.toHaveProperty(
        'volume.kubernetes.io/selected-node',
      );
    });
    await choose('n1');
    await eventually(async () => expect(await phases()).toMatchObject({ early: 'Bound' }));
    const claim = await claims().get('early', 'default');
    const name = `pvc-${claim.metadata.uid}`;
    expect(claim.spec?.volumeName).toBe(name);
    expect(await volumes().get(name)).toMatchObject({
      metadata: {
        annotations: { 'pv.kubernetes.io/provisioned-by': 'nestor.dev/node-local' },
        finalizers: expect.arrayContaining(['external-provisioner.volume.kubernetes.io/finalizer']) as string[],
      },
      spec: { local: { path: `/data/volumes/${name}` }, persistentVolumeReclaimPolicy: 'Delete' },
      status: { phase: 'Bound' },
    });
    await eventually(async () =>
      expect(await happenings()).toContain(`early ProvisioningSucceeded Successfully provisioned volume ${name}`),
    );
    await bed.client.resource(refs.pods).delete('consumer', 'default', { gracePeriodSeconds: 0 });
    await claims().delete('early', 'default');
    const request = `reclaim.volumes.nestor.dev/${name}`;
    await eventually(async () => expect((await nodes.get('n1')).metadata.annotations).toHaveProperty([request], ''));
    await eventually(async () => expect((await phases())[name]).toBe('Released'));
    await nodes.patch('n1', undefined, 'merge', { metadata: { annotations: { [request]: null } } });
    await eventually(async () => expect((await phases())[name]).toBeUndefined());
  });

  it('name their provisioner when no volume fits', async () => {
    await bed.client.resource(refs.storageClasses).create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'fast' },
      provisioner: 'example.com/fast',
    });
    await claims().create(aClaim('made', '1Gi', { storageClassName: 'fast' }));
    await eventually(async () =>
      expect((await claims().get('made', 'default')).metadata.annotations).toMatchObject({
        'volume.kubernetes.io/storage-provisioner': 'example.com/fast',
      }),
    );
    await eventually(async () => {
      const { items } = await bed.client.resource(refs.events).list({ namespace: 'default' });
      expect(items.map(({ reason }) => reason)).toContain('ExternalProvisioning');
    });
  });
});
