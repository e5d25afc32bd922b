import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Container } from '@nestor/api';
import { podWith } from '../pod/pod-fixtures';
import { containerResources, cpuQuota, cpuShares, oomScoreAdjust } from './container-resources';
import { podCgroupPath, PodCgroups } from './pod-cgroup';

const gi = 1024 ** 3;
const withResources = (resources: Container['resources']) => ({ name: 'main', image: 'i', resources }) as Container;

describe('container resources', () => {
  it.each([
    [0, 2],
    [1, 2],
    [100, 102],
    [1000, 1024],
    [1e9, 262_144],
  ])('%i milli CPU are %i shares', (milli, shares) => expect(cpuShares(milli)).toBe(shares));
  it.each([
    [1, 1000],
    [500, 50_000],
    [2000, 200_000],
  ])('%i milli CPU are a quota of %i', (milli, quota) => expect(cpuQuota(milli)).toBe(quota));

  it('takes requests for shares, limits for quota and memory', () => {
    const container = withResources({ requests: { cpu: '250m' }, limits: { cpu: '500m', memory: '64Mi' } });
    expect(containerResources(podWith({ containers: [container] }), container, 8 * gi)).toEqual({
      cpuShares: 256,
      cpuPeriod: 100_000,
      cpuQuota: 50_000,
      memoryLimitInBytes: 64 * 1024 * 1024,
      oomScoreAdj: 999,
    });
  });

  it.each([
    ['Guaranteed', { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } }, -997],
    ['BestEffort', undefined, 1000],
    ['Burstable of half the memory', { requests: { memory: '4Gi' } }, 500],
    ['Burstable of all the memory', { requests: { memory: '8Gi' } }, 3],
    ['Burstable of next to none', { requests: { cpu: '1m' } }, 999],
  ])('gives %s the OOM score %j -> %i', (_what, resources, score) => {
    const container = withResources(resources);
    expect(oomScoreAdjust(podWith({ containers: [container] }), container, 8 * gi)).toBe(score);
  });
});

describe('pod cgroups', () => {
  const limited = podWith({ containers: [withResources({ requests: { cpu: '500m' }, limits: { memory: '64Mi' } })] });

  it('are named by the class of the pod', () => {
    expect(podCgroupPath(podWith())).toBe('/kubepods/besteffort/podu1');
    expect(podCgroupPath(limited)).toBe('/kubepods/burstable/podu1');
    const all = { cpu: '1', memory: '1Gi' };
    expect(podCgroupPath(podWith({ containers: [withResources({ requests: all, limits: all })] }))).toBe(
      '/kubepods/podu1',
    );
  });

  /** The kernel makes a cgroup's files with it; here they are made beforehand. */
  function fakeMount(files: Record<string, string>): string {
    const mount = mkdtempSync(join(tmpdir(), 'nestor-cgroup-'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(mount, path, '..'), { recursive: true });
      writeFileSync(join(mount, path), text);
    }
    return mount;
  }

  it.each([
    [
      'v1',
      { 'cpu/kubepods/burstable/podu1/cpu.shares': '', 'memory/kubepods/burstable/podu1/memory.limit_in_bytes': '' },
      ['512', '67108864'],
    ],
    [
      'v2',
      {
        'cgroup.controllers': 'cpu memory',
        'kubepods/burstable/podu1/cpu.weight': '',
        'kubepods/burstable/podu1/memory.max': '',
      },
      ['20', '67108864'],
    ],
  ])('hold the limits of the pod on %s', (_version, files, values) => {
    const mount = fakeMount(files);
    new PodCgroups(mount).create(limited);
    const written = Object.keys(files)
      .filter((path) => path.includes('podu1'))
      .map((path) => readFileSync(join(mount, path), 'utf8'));
    expect(written).toEqual(values);
    rmSync(mount, { recursive: true });
  });

  it('come and go', () => {
    const mount = fakeMount({ 'memory/tasks': '', 'cpu/tasks': '' });
    const cgroups = new PodCgroups(mount);
    cgroups.create(podWith());
    expect(existsSync(join(mount, 'memory/kubepods/besteffort/podu1'))).toBe(true);
    cgroups.removeByUid('u1');
    expect(existsSync(join(mount, 'memory/kubepods/besteffort/podu1'))).toBe(false);
    rmSync(mount, { recursive: true });
  });
});
