import { setTimeout as delay } from 'node:timers/promises';
import { addReasonMatcher, describeContainerRuntime } from '../contract/container-runtime-contract';
import { PodAddressPool } from './pod-address-pool';
import { parseSimProgram } from './sim-program';
import { SimRuntime } from './sim-runtime';

addReasonMatcher();
const shared = new SimRuntime({ podCidr: '10.1.2.0/24' });
describeContainerRuntime('SimRuntime', () => ({ runtime: shared, image: 'busybox', logDirectory: '/unused' }));
afterAll(() => shared.close());

describe('SimRuntime', () => {
  const config = (uid: string) => ({
    metadata: { name: uid, uid, namespace: 'n', attempt: 0 },
    labels: {},
    annotations: {},
  });
  const container = (script: string) => ({
    metadata: { name: 'c', attempt: 0 },
    image: 'x',
    command: ['sh', '-c', script],
    labels: {},
    annotations: {},
  });

  it('tells listeners the uid of the pod whose container ended', async () => {
    const runtime = new SimRuntime({ podCidr: '10.1.2.0/24' });
    const seen: string[] = [];
    const stop = runtime.onPodChange((uid) => seen.push(uid));
    const sandbox = await runtime.runPodSandbox(config('pod-a'));
    const id = await runtime.createContainer(sandbox, container('sleep 0.01; exit 1'));
    await runtime.startContainer(id);
    while (seen.length === 0) await delay(5);
    expect(seen).toEqual(['pod-a']);
    stop();
    runtime.close();
  });

  it('keeps logs in CRI format', async () => {
    const runtime = new SimRuntime({ podCidr: '10.1.2.0/24' });
    const sandbox = await runtime.runPodSandbox(config('pod-b'));
    const id = await runtime.createContainer(sandbox, container('echo hello; echo oops >&2'));
    await runtime.startContainer(id);
    const lines = runtime.containerLog(id)?.read().toString().split('\n') ?? [];
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F hello$/);
    expect(lines[1]).toMatch(/ stderr F oops$/);
    runtime.close();
  });

  it('refuses a sandbox when the CIDR is used up', async () => {
    const runtime = new SimRuntime({ podCidr: '10.1.2.0/30' });
    await runtime.runPodSandbox(config('first'));
    await expect(runtime.runPodSandbox(config('second'))).rejects.toThrow('no IP addresses available in 10.1.2.0/30');
  });
});

describe('PodAddressPool', () => {
  it('hands out each address of the CIDR once and takes them back', () => {
    const pool = new PodAddressPool('10.9.0.0/29');
    const taken = Array.from({ length: 5 }, () => pool.take());
    expect(new Set(taken).size).toBe(5);
    expect(taken.every((address) => /^10\.9\.0\.[2-6]$/.test(address ?? ''))).toBe(true);
    expect(pool.take()).toBeUndefined();
    pool.release('10.9.0.4');
    expect(pool.take()).toBe('10.9.0.4');
  });
});

describe('parseSimProgram', () => {
  it.each([
    [
      ['sh', '-c', "echo 'a b'; exit 2"],
      [
        { kind: 'print', text: 'a b\n', stream: 'stdout' },
        { kind: 'exit', code: 2 },
      ],
    ],
    [['/bin/sleep', '2'], [{ kind: 'sleep', milliseconds: 2000 }]],
    [['nginx', '-g', 'daemon off;'], [{ kind: 'sleep', milliseconds: Infinity }]],
    [[], [{ kind: 'sleep', milliseconds: Infinity }]],
    [['false'], [{ kind: 'exit', code: 1 }]],
  ])('reads %j', (command, steps) => {
    expect(parseSimProgram(command)).toEqual(steps);
  });
});
