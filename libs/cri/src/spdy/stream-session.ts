import { Duplex, Readable } from 'node:stream';
import type { StreamOptions, StreamOutcome, StreamSession } from '../container-runtime';
import { SpdyConnection } from './spdy-connection';

/** The Status that the streaming server writes on the error stream when the command has ended (v4.channel.k8s.io). */
interface EndStatus {
  status?: string;
  message?: string;
  reason?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

export function outcomeOf(text: string): StreamOutcome {
  if (text === '') return { exitCode: 0 };
  let status: EndStatus;
  try {
    status = JSON.parse(text) as EndStatus;
  } catch {
    return { exitCode: 1, error: text };
  }
  if (status.status === 'Success') return { exitCode: 0 };
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && code !== undefined) return { exitCode: Number(code) };
  return { exitCode: 1, error: status.message ?? text };
}

/** Opens the streams of an exec or attach. The server starts once all it was told of have been opened. */
export function openStreamSession(socket: Duplex, options: StreamOptions): StreamSession {
  const connection = new SpdyConnection(socket);
  const open = (streamType: string) => connection.openStream({ streamType });
  const errors = open('error');
  errors.end();
  const stdin = options.stdin ? open('stdin') : undefined;
  const stdout = options.stdout ? open('stdout') : undefined;
  const stderr = options.stderr ? open('stderr') : undefined;
  const resize = options.tty ? open('resize') : undefined;
  stdout?.end();
  stderr?.end();
  return {
    stdin,
    stdout,
    stderr,
    resize: ({ width, height }) => void resize?.write(`${JSON.stringify({ Width: width, Height: height })}\n`),
    outcome: textOf(errors).then(outcomeOf, (error: Error) => ({ exitCode: 1, error: error.message })),
    close: () => connection.close(),
  };
}

/** One forwarded connection on its own SPDY connection, which closes with it. */
export function openPortForward(socket: Duplex, port: number): Duplex {
  const connection = new SpdyConnection(socket);
  const headers = { port: String(port), requestID: '0' };
  const errors = connection.openStream({ streamType: 'error', ...headers });
  errors.end();
  const data = connection.openStream({ streamType: 'data', ...headers });
  textOf(errors).then(
    (text) => text && data.destroy(new Error(text)),
    (error: Error) => data.destroy(error),
  );
  data.on('close', () => connection.close());
  return data;
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
