import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Container } from '@nestor/api';
import { SimRuntime } from '@nestor/cri';
import { containerPort } from './named-port';
import { ContainerProbes } from './container-probes';
import { HostProbeRunner, SimulatedProbeRunner, type ProbeOutcome, type ProbeRunner } from './probe-runner';

describe('HostProbeRunner', () => {
  const runtime = new SimRuntime({ podCidr: '10.0.0.0/24' });
  const runner = new HostProbeRunner(runtime);
  const container = { name: 'c', ports: [] } as unknown as Container;
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/slow') return;
      const fine = request.url === '/ok' && request.headers['x-probe'] === 'yes';
      response.writeHead(fine ? 204 : request.url === '/moved' ? 302 : 500).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    runtime.close();
  });

  const run = (probe: object) => runner.run(probe, { container, containerId: 'none', podIP: '127.0.0.1' });
  const get = (path: string) => run({ httpGet: { path, port, httpHeaders: [{ name: 'X-Probe', value: 'yes' }] } });

  it('takes any HTTP answer from 200 to 399 for a success', async () => {
    expect(await get('/ok')).toEqual({ ok: true, output: '' });
    expect(await get('/moved')).toEqual({ ok: true, output: '' });
    expect(await get('/bad')).toEqual({ ok: false, output: 'HTTP probe failed with statuscode: 500' });
  });
  it('gives up waiting for an answer', async () => {
    expect((await get('/slow')).output).toContain('Client.Timeout exceeded while awaiting headers');
  });
  it('connects to TCP ports', async () => {
    expect(await run({ tcpSocket: { port } })).toEqual({ ok: true, output: '' });
    expect(await run({ tcpSocket: { port: 1 } })).toEqual({
      ok: false,
      output: 'dial tcp 127.0.0.1:1: connect: connection refused',
    });
  });
  it('fails when the runtime does', async () => {
    expect((await run({ exec: { command: ['true'] } })).output).toContain('code = NotFound');
    expect((await run({ grpc: { port: 1 } })).ok).toBe(false);
  });
  it('passes simulated network probes and runs simulated commands', async () => {
    const simulated = new SimulatedProbeRunner(runtime);
    const target = { container, containerId: 'none', podIP: '10.0.0.1' };
    expect((await simulated.run({ tcpSocket: { port: 1 } }, target)).ok).toBe(true);
    expect((await simulated.run({ exec: { command: ['true'] } }, target)).ok).toBe(false);
  });
});

describe('containerPort', () => {
  const container = { name: 'c', ports: [{ name: 'web', containerPort: 8080 }] } as Container;
  it.each([
    [80, 80],
    ['web', 8080],
    ['81', 81],
  ])('%j is %i', (port, number) => expect(containerPort(container, port)).toBe(number));
  it('refuses a name that no port has', () =>
    expect(() => containerPort(container, 'none')).toThrow("couldn't find port"));
});

describe('ContainerProbes', () => {
  /** Answers each kind of probe, told by its command, from a list; the last answer repeats. */
  class Script implements ProbeRunner {
    readonly asked: string[] = [];
    constructor(private readonly answers: Record<string, boolean[]>) {}
    async run(probe: { readonly exec?: { readonly command?: readonly string[] } }): Promise<ProbeOutcome> {
      const kind = probe.exec?.command?.[0] ?? '';
      this.asked.push(kind);
      const list = this.answers[kind] ?? [];
      return { ok: (list.length > 1 ? list.shift() : list[0]) ?? true, output: 'because' };
    }
  }
  const probe = (kind: string, more: object = {}) => ({ exec: { command: [kind] }, periodSeconds: 0.005, ...more });
  const begin = (container: object, runner: Script, more: object = {}) => {
    const events: string[] = [];
    const probes = new ContainerProbes(
      { name: 'c', ...container },
      {
        target: { container: { name: 'c' }, containerId: 'id', podIP: '10.0.0.1' },
        startedAt: Date.now(),
        runner,
        wasReady: false,
        wasStarted: false,
        changed: () => events.push('changed'),
        unhealthy: (message) => events.push(message),
        ...more,
      },
    );
    return { probes, events };
  };
  const until = async (check: () => boolean) => {
    while (!check()) await delay(2);
  };

  it('is started and ready at once without probes', () => {
    const { probes } = begin({}, new Script({}));
    expect(probes).toMatchObject({ started: true, ready: true });
    expect(probes.failed).toBeUndefined();
  });
  it('becomes ready and unready by thresholds', async () => {
    const runner = new Script({ ready: [true, true, false, true, false, false, false] });
    const { probes, events } = begin(
      { readinessProbe: probe('ready', { successThreshold: 2, failureThreshold: 2 }) },
      runner,
    );
    expect(probes.ready).toBe(false);
    await until(() => probes.ready);
    await until(() => !probes.ready);
    probes.stop();
    // One failure between two successes had no effect.
    expect(runner.asked.length).toBeGreaterThanOrEqual(6);
    expect(events.filter((event) => event === 'changed')).toHaveLength(2);
    expect(events).toContain('Readiness probe failed: because');
  });
  it('gives up on a container after enough failures of the liveness probe', async () => {
    const { probes } = begin(
      { livenessProbe: probe('live', { failureThreshold: 3 }) },
      new Script({ live: [true, false] }),
    );
    await until(() => probes.failed !== undefined);
    expect(probes.failed).toBe('liveness');
    probes.stop();
  });
  it('asks nothing else before the startup probe has passed', async () => {
    const runner = new Script({ start: [false, false, true] });
    const { probes } = begin(
      { startupProbe: probe('start'), livenessProbe: probe('live'), readinessProbe: probe('ready') },
      runner,
    );
    await until(() => probes.ready);
    probes.stop();
    expect(runner.asked.slice(0, 3)).toEqual(['start', 'start', 'start']);
    expect(probes.started).toBe(true);
  });
  it('keeps what was known of an adopted container', () => {
    const { probes } = begin({ readinessProbe: probe('ready', { initialDelaySeconds: 60 }) }, new Script({}), {
      wasReady: true,
    });
    expect(probes.ready).toBe(true);
    probes.stop();
  });
});
