import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notFound, type ConfigMap, type Container, type Volume } from '@nestor/api';
import { podWith } from '../pod/pod-fixtures';
import { ReferencedObjects } from '../references/referenced-objects';
import { writeAtomically } from './atomic-writer';
import { prepareHostPath } from './host-path';
import type { StorageObjects } from './claims/storage-objects';
import type { CsiVolumes } from './csi/csi-volumes';
import { VolumeDirectories } from './node-local/volume-directories';
import { HostPodVolumes } from './pod-volumes';
import { SimulatedPodVolumes } from './simulated-pod-volumes';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'nestor-volumes-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const payload = (files: Record<string, string>, mode = 0o644) =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));

describe('writeAtomically', () => {
  it('shows files through one link that is switched as a whole', () => {
    expect(writeAtomically(dir, payload({ a: '1', 'sub/b': '2' }))).toBe(true);
    expect(readlinkSync(join(dir, 'a'))).toBe('..data/a');
    expect(readFileSync(join(dir, 'sub/b'), 'utf8')).toBe('2');
    const first = readlinkSync(join(dir, '..data'));
    expect(writeAtomically(dir, payload({ a: 'changed', c: '3' }))).toBe(true);
    expect(readlinkSync(join(dir, '..data'))).not.toBe(first);
    expect(readFileSync(join(dir, 'a'), 'utf8')).toBe('changed');
    expect(
      readdirSync(dir)
        .filter((name) => !name.startsWith('..'))
        .sort(),
    ).toEqual(['a', 'c']);
    expect(existsSync(join(dir, first))).toBe(false);
  });
  it('writes nothing when nothing changed', () => {
    writeAtomically(dir, payload({ a: '1' }));
    const before = readlinkSync(join(dir, '..data'));
    expect(writeAtomically(dir, payload({ a: '1' }))).toBe(false);
    expect(readlinkSync(join(dir, '..data'))).toBe(before);
    expect(writeAtomically(dir, payload({ a: '1' }, 0o400))).toBe(true);
    expect(statSync(join(dir, 'a')).mode & 0o777).toBe(0o400);
  });
});

describe('prepareHostPath', () => {
  it('creates what may be created', () => {
    prepareHostPath(join(dir, 'd', 'e'), 'DirectoryOrCreate');
    prepareHostPath(join(dir, 'f'), 'FileOrCreate');
    expect(statSync(join(dir, 'd', 'e')).isDirectory()).toBe(true);
    expect(statSync(join(dir, 'f')).isFile()).toBe(true);
  });
  it('refuses what is of another type', () => {
    writeFileSync(join(dir, 'f'), '');
    expect(() => prepareHostPath(join(dir, 'f'), 'Directory')).toThrow(
      `hostPath type check failed: ${dir}/f is not a directory`,
    );
    expect(() => prepareHostPath(join(dir, 'none'), 'File')).toThrow('is not a file');
    expect(() => prepareHostPath(join(dir, 'none'), '')).not.toThrow();
  });
});

describe('pod volumes', () => {
  const facts = { nodeName: 'n', hostIPs: ['192.0.2.1'], podIPs: [], allocatable: {} };
  const data: Record<string, Record<string, string>> = { settings: { a: 'one', b: 'two' } };
  const client = (source: Record<string, Record<string, string>>) => ({
    get: async (name: string) => {
      if (!source[name]) throw notFound({ group: '', resource: 'configmaps' }, name);
      return { data: source[name] } as ConfigMap;
    },
    createSubresource: async () => ({ status: { token: 't.o.k', expirationTimestamp: '2099-01-01T00:00:00Z' } }),
  });
  const objects = () => {
    const any = client(data) as never;
    return new ReferencedObjects({ configMaps: any, secrets: any, serviceAccounts: any }, 0);
  };
  const storage = {} as StorageObjects;
  const csi = { removeOfPod: async () => undefined } as unknown as CsiVolumes;
  const directories = new VolumeDirectories('/nonexistent');
  const hostVolumes = () =>
    new HostPodVolumes({ podsDirectory: dir, storage, directories, node: () => undefined, csi });
  const contextOf = (volumes: Volume[]) => ({ pod: podWith({ volumes }), objects: objects(), facts });
  const mountOf = (volumes: HostPodVolumes, given: Volume[], more: object = {}) => {
    const container = {
      name: 'c',
      volumeMounts: [{ name: given[0]?.name ?? '', mountPath: '/m', ...more }],
    } as Container;
    return volumes.mounts(podWith({ volumes: given }), container, new Map([['NAME', 'x']]))[0]!;
  };

  it('project items of several sources', async () => {
    const volumes = hostVolumes();
    const given: Volume[] = [
      {
        name: 'all',
        projected: {
          sources: [
            { configMap: { name: 'settings', items: [{ key: 'a', path: 'deep/a', mode: 0o600 }] } },
            { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
            { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
          ],
        },
      },
    ];
    await volumes.prepare(contextOf(given));
    const { hostPath } = mountOf(volumes, given);
    expect(readFileSync(join(hostPath, 'deep/a'), 'utf8')).toBe('one');
    expect(statSync(join(hostPath, 'deep/a')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(hostPath, 'token'), 'utf8')).toBe('t.o.k');
    expect(readFileSync(join(hostPath, 'name'), 'utf8')).toBe('p');
    await volumes.remove('u1');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('say which volume cannot be mounted, simulated or not', async () => {
    const given = contextOf([{ name: 'v', configMap: { name: 'none' } }]);
    await expect(hostVolumes().prepare(given)).rejects.toThrow(
      'MountVolume.SetUp failed for volume "v" : configmaps "none" not found',
    );
    await expect(new SimulatedPodVolumes(storage).prepare(given)).rejects.toThrow('configmaps "none" not found');
    const optional = contextOf([{ name: 'v', configMap: { name: 'none', optional: true } }]);
    await hostVolumes().prepare(optional);
    await expect(hostVolumes().prepare(contextOf([{ name: 'v', nfs: {} as never }]))).rejects.toThrow(
      'volume type nfs is not supported',
    );
  });

  it('keep sub-paths inside the volume', async () => {
    const volumes = hostVolumes();
    const given: Volume[] = [{ name: 'v', emptyDir: {} }];
    await volumes.prepare(contextOf(given));
    const base = mountOf(volumes, given).hostPath;
    expect(mountOf(volumes, given, { subPathExpr: 'logs/$(NAME)', readOnly: true })).toMatchObject({
      hostPath: join(base, 'logs/x'),
      readonly: true,
    });
    symlinkSync('/etc', join(base, 'way-out'));
    expect(() => mountOf(volumes, given, { subPath: 'way-out' })).toThrow('leads outside the volume');
    expect(() => mountOf(volumes, given, { subPath: '../other' })).toThrow('must stay inside the volume');
    mkdirSync(join(base, 'fine'));
    expect(lstatSync(mountOf(volumes, given, { subPath: 'fine' }).hostPath).isDirectory()).toBe(true);
  });
});
