import type { Container, DeepReadonly } from '@nestor/api';
import { probeHttp } from '../probes/probe-runner';
import type { PodServices } from './pod-services';

type Handler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;

/** Runs a postStart or preStop handler to its end; a failure says what the event should say. */
export async function runHook(
  handler: DeepReadonly<Handler>,
  target: { container: DeepReadonly<Container>; containerId: string; podIP: string },
  services: Pick<PodServices, 'runtime'>,
  signal?: AbortSignal,
): Promise<void> {
  if (handler.sleep) return pause(handler.sleep.seconds * 1000, signal);
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const { exitCode, stdout, stderr } = await services.runtime.execSync(target.containerId, command, 0);
    const output = Buffer.concat([stdout, stderr]).toString().trim();
    if (exitCode !== 0) throw new Error(`command '${command.join(' ')}' exited with ${exitCode}: ${output}`);
  }
  if (handler.httpGet) {
    const { ok, output } = await probeHttp(handler.httpGet, target, 30_000);
    if (!ok) throw new Error(output);
  }
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
