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
    bed = await ControllerTestBed.start({ modules: [PersistentVolumeModule] });
  }, 120_000);
  afterAll(() => bed?.stop(), 60_000);
  const claims = () => bed.client.resource(refs.persistentVolumeClaims);
  const volumes = () => bed.client.resource(refs.persistentVolumes);
  const phases = async (): Promise<Record<string, string>> => {
    const all = [...(await claims().list()).items, ...(await volumes().list()).items];
    return Object.fromEntries(all.map(({ metadata, status }) => [metadata.name, status?.phase ?? '']));
  };

  it('find each other, the smallest that fits, one volume a claim, and wait otherwise', async () => {
    for (const one of [aVolume('v-large', '10Gi'), aVolume('v-small', '2Gi')]) await volumes().create(one);
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
  }, 60_000);

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
  }, 60_000);

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
  }, 60_000);
});
