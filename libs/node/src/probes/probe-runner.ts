import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { containerPort } from './named-port';
import { reasonOf, type Container, type DeepReadonly, type Probe } from '@nestor/api';
import { checkGrpcHealth, type ContainerRuntime } from '@nestor/cri';

export interface ProbeOutcome {
  ok: boolean;
  /** What the Unhealthy event says. */
  output: string;
}

export interface ProbeTarget {
  container: DeepReadonly<Container>;
  containerId: string;
  podIP: string;
}

export interface ProbeRunner {
  run(probe: DeepReadonly<Probe>, target: ProbeTarget): Promise<ProbeOutcome>;
}

type HttpGet = NonNullable<DeepReadonly<Probe>['httpGet']>;

/** Longest piece of an answer that an event repeats. */
const maxOutput = 1024;

export class HostProbeRunner implements ProbeRunner {
  constructor(private readonly runtime: ContainerRuntime) {}

  async run(probe: DeepReadonly<Probe>, target: ProbeTarget): Promise<ProbeOutcome> {
    const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
    try {
      if (probe.exec) return await this.exec(probe.exec.command ?? [], target, timeoutMs);
      if (probe.httpGet) return await probeHttp(probe.httpGet, target, timeoutMs);
      if (probe.tcpSocket) {
        const { host, port } = probe.tcpSocket;
        return await probeTcp(host || target.podIP, containerPort(target.container, port), timeoutMs);
      }
      if (probe.grpc) return await this.grpc(probe.grpc, target, timeoutMs);
      return { ok: true, output: '' };
    } catch (error) {
      return { ok: false, output: (error as Error).message };
    }
  }

  private async exec(command: readonly string[], target: ProbeTarget, timeoutMs: number): Promise<ProbeOutcome> {
    try {
      const seconds = Math.ceil(timeoutMs / 1000);
      const { exitCode, stdout, stderr } = await this.runtime.execSync(target.containerId, command, seconds);
      return { ok: exitCode === 0, output: Buffer.concat([stdout, stderr]).toString('utf8', 0, maxOutput) };
    } catch (error) {
      if (reasonOf(error) !== 'Timeout') throw error;
      const output = `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutMs / 1000}s`;
      return { ok: false, output };
    }
  }

  private async grpc(
    { port, service }: NonNullable<DeepReadonly<Probe>['grpc']>,
    { podIP }: ProbeTarget,
    timeoutMs: number,
  ): Promise<ProbeOutcome> {
    const address = `${podIP}:${port}`;
    const healthy = await checkGrpcHealth(address, service ?? '', timeoutMs);
    return { ok: healthy, output: healthy ? '' : 'service unhealthy (responded with "NOT_SERVING")' };
  }
}

/** Ports of simulated pods answer to nobody; their network probes count as passed, exec goes to the runtime. */
export class SimulatedProbeRunner implements ProbeRunner {
  constructor(private readonly runtime: ContainerRuntime) {}

  async run(probe: DeepReadonly<Probe>, target: ProbeTarget): Promise<ProbeOutcome> {
    if (!probe.exec) return { ok: true, output: '' };
    return new HostProbeRunner(this.runtime).run(probe, target);
  }
}

export function probeTcp(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (ok: boolean, output: string) => {
      socket.destroy();
      resolve({ ok, output });
    };
    socket.on('connect', () => end(true, ''));
    socket.on('timeout', () => end(false, `dial tcp ${host}:${port}: i/o timeout`));
    socket.on('error', (error) => end(false, dialError(host, port, error)));
  });
}

function dialError(host: string, port: number, error: NodeJS.ErrnoException): string {
  const texts: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    EHOSTUNREACH: 'no route to host',
    ENETUNREACH: 'network is unreachable',
    ECONNRESET: 'connection reset by peer',
  };
  return `dial tcp ${host}:${port}: connect: ${texts[error.code ?? ''] ?? error.message}`;
}

/** Any answer from 200 to 399 is a success; certificates are not checked, as in Kubernetes. */
export function probeHttp(
  get: HttpGet,
  target: Pick<ProbeTarget, 'container' | 'podIP'>,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const host = get.host || target.podIP;
  const port = containerPort(target.container, get.port);
  const secure = get.scheme === 'HTTPS';
  const path = get.path?.startsWith('/') ? get.path : `/${get.path ?? ''}`;
  const url = `${secure ? 'https' : 'http'}://${host}:${port}${path}`;
  const headers: Record<string, string> = { 'User-Agent': 'kube-probe/1.36', Accept: '*/*', Connection: 'close' };
  for (const { name, value } of get.httpHeaders ?? []) headers[name] = value;
  return new Promise((resolve) => {
    const fail = (what: string) => resolve({ ok: false, output: `Get "${url}": ${what}` });
    const request = (secure ? httpsRequest : httpRequest)(
      { host, port, path, headers, timeout: timeoutMs, rejectUnauthorized: false, agent: false },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        const ok = status >= 200 && status < 400;
        resolve({ ok, output: ok ? '' : `HTTP probe failed with statuscode: ${status}` });
      },
    );
    request.on('timeout', () => {
      fail('context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
      request.destroy();
    });
    request.on('error', (error) => fail(dialError(host, port, error)));
    request.end();
  });
}
