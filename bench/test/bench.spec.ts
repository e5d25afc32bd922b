import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasNatsServer, repositoryRoot, temporaryDirectory } from '@nestor/testing';
import type { BenchResults } from '../src/run';

describe('the bench, short', () => {
  const directory = temporaryDirectory('bench-results');
  afterAll(() => directory.remove());

  it('measures every workload without errors, against floors, and writes its reports', async () => {
    const main = join(repositoryRoot(), 'bench', 'dist', 'main.js');
    await promisify(execFile)(process.execPath, [main, '--short', '--out', directory.path]);

    const text = (file: string) => readFileSync(join(directory.path, file), 'utf8');
    const { measurements } = JSON.parse(text('results.json')) as BenchResults;
    const found = new Set(measurements.map(({ workload }) => workload));
    const expected = ['create', 'update', 'patch', 'get', 'delete', 'watch over HTTP', 'memory', 'list whole', 'start'];
    for (const workload of [...expected, ...(hasNatsServer() ? ['watch over NATS, burst'] : [])]) {
      expect(found).toContain(workload);
    }
    for (const { errors, more } of measurements) {
      expect(errors).toBe(0);
      expect(more?.['missing'] ?? 0).toBe(0);
    }
    for (const workload of ['create', 'get', 'list whole']) {
      const { perSecond, floor, serverCpuMicros } = measurements.find((one) => one.workload === workload)!;
      expect(perSecond).toBeGreaterThan(0);
      expect(floor!.ratio).toBeCloseTo(perSecond! / floor!.perSecond);
      expect(serverCpuMicros).toBeGreaterThan(0);
    }
    expect(text('results.html')).toContain('<svg');
    expect(text('results.md')).toContain('| create |');
  }, 180_000);

  it('asks the authorizers, and gets the answers that are right', async () => {
    const main = join(repositoryRoot(), 'bench', 'dist', 'main.js');
    await promisify(execFile)(process.execPath, [main, 'authorization', '--short', '--out', directory.path]);
    const text = readFileSync(join(directory.path, 'results.json'), 'utf8');
    const { measurements } = JSON.parse(text) as BenchResults;
    expect(measurements).toHaveLength(9);
    for (const { errors } of measurements) expect(errors).toBe(0);
  });

  it('holds the database to its bound over many updates of few objects, and plots growth', async () => {
    const main = join(repositoryRoot(), 'bench', 'dist', 'main.js');
    // Ends with an error when the bound is exceeded.
    await promisify(execFile)(process.execPath, [main, 'bloat', 'growth', '--short', '--out', directory.path]);
    const { measurements } = JSON.parse(readFileSync(join(directory.path, 'results.json'), 'utf8')) as BenchResults;
    const settled = measurements.find(({ workload }) => workload === 'bloat, settled')!;
    expect(settled.parameters).toEqual({ updates: 20_000 });
    expect(settled.more!['retained']).toBeLessThan(1000);
    const verdicts = measurements.filter(({ workload }) => workload.startsWith('bloat, bound'));
    expect(verdicts).toHaveLength(2);
    for (const { more } of verdicts) expect(more!['databaseMiB']).toBeLessThanOrEqual(more!['boundMiB']!);
    const plotted = readFileSync(join(directory.path, 'growth.svg'), 'utf8');
    for (const name of ['create', 'update', 'get', 'events delivered']) expect(plotted).toContain(`>${name}</text>`);
    for (const { workload, more } of measurements) {
      if (workload === 'growth: update while watched') expect(more).toMatchObject({ missing: 0, cutOff: 0 });
    }
    expect(measurements.reduce((sum, { errors }) => sum + errors, 0)).toBe(0);
  }, 180_000);

  it('schedules by the algorithm alone and through the API, and runs whole clusters', async () => {
    const main = join(repositoryRoot(), 'bench', 'dist', 'main.js');
    const run = async (...args: string[]): Promise<BenchResults['measurements']> => {
      await promisify(execFile)(process.execPath, [main, ...args, '--short', '--out', directory.path]);
      return (JSON.parse(readFileSync(join(directory.path, 'results.json'), 'utf8')) as BenchResults).measurements;
    };
    const scheduled = await run('scheduler', 'basic', 'preferred topology spreading', 'latency');
    expect(scheduled.map(({ workload }) => workload)).toEqual([
      'algorithm: basic',
      'end to end: basic',
      'algorithm: preferred topology spreading',
      'end to end: preferred topology spreading',
      'latency: basic',
    ]);
    const clusters = await run('cluster', 'deployments', 'namespace');
    expect(clusters.map(({ workload }) => workload)).toEqual(['deployments of 3', 'namespace deleted']);
    for (const { errors } of [...scheduled, ...clusters]) expect(errors).toBe(0);
  }, 180_000);
});
