import { HealthChecks } from './health-checks';
import { Metrics } from './metrics';
import { startObservability, type ObservabilityServer } from './observability-server';

describe('HealthChecks', () => {
  const failing = () => {
    throw new Error('secret');
  };

  it('answers ok, and with every check when asked to be verbose', async () => {
    const checks = new HealthChecks();
    checks.addLiveCheck('loop', () => undefined);
    expect(await checks.answer('livez')).toEqual({ status: 200, body: 'ok' });
    expect(await checks.answer('livez', { verbose: true })).toEqual({
      status: 200,
      body: '[+]ping ok\n[+]loop ok\nlivez check passed\n',
    });
  });

  it('names what failed and keeps the reason to itself', async () => {
    const checks = new HealthChecks();
    checks.addReadyCheck('store', failing);
    expect(await checks.answer('readyz')).toEqual({
      status: 500,
      body: '[+]ping ok\n[-]store failed: reason withheld\nreadyz check failed\n',
    });
    expect((await checks.answer('livez')).status).toBe(200);
    expect(await checks.answer('readyz', { exclude: ['store'] })).toEqual({ status: 200, body: 'ok' });
    expect((await checks.answer('readyz', { only: 'store' })).status).toBe(500);
    expect((await checks.answer('readyz', { only: 'nothing' })).status).toBe(404);
  });
});

describe('startObservability', () => {
  let server: ObservabilityServer;
  const checks = new HealthChecks();
  const metrics = new Metrics();
  beforeAll(async () => {
    checks.addReadyCheck('late', () => Promise.reject(new Error('not yet')));
    server = await startObservability({ host: '127.0.0.1', port: 0, health: checks, metrics });
  });
  afterAll(() => server.close());
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

  it('serves health in the form of Kubernetes', async () => {
    expect(await (await get('/healthz')).text()).toBe('ok');
    expect(await (await get('/livez?verbose')).text()).toBe('[+]ping ok\nlivez check passed\n');
    expect((await get('/readyz')).status).toBe(500);
    expect((await get('/readyz/ping')).status).toBe(200);
    expect((await get('/readyz?exclude=late')).status).toBe(200);
    expect((await get('/else')).status).toBe(404);
  });

  it('serves metrics, and the same metric for the same name', async () => {
    metrics.counter('nestor_sample_total', 'A sample', ['kind']).inc({ kind: 'a' });
    metrics.counter('nestor_sample_total', 'A sample', ['kind']).inc({ kind: 'a' });
    const text = await (await get('/metrics')).text();
    expect(text).toContain('nestor_sample_total{kind="a"} 2');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('says which port is taken and how to choose another', async () => {
    await expect(startObservability({ host: '127.0.0.1', port: server.port })).rejects.toThrow(
      /127\.0\.0\.1:\d+ is in use.*--observability-port/,
    );
  });
});
