import type { StreamOutcome } from '@nestor/cri';

/** remotecommand over WebSocket (v4 and v5.channel.k8s.io): the first byte of a message names the channel. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export const commandProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** SPDY frames inside WebSocket messages: what kubectl port-forward speaks. */
export const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';

export function frame(on: number, data: Buffer | string): Buffer {
  return Buffer.concat([Buffer.from([on]), Buffer.from(data)]);
}

/** What the error channel says at the end. */
export function outcomeStatus({ exitCode, error }: StreamOutcome): object {
  if (error !== undefined) {
    return { metadata: {}, status: 'Failure', message: error, reason: 'InternalError', code: 500 };
  }
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}
