import { spawn } from 'node:child_process';

export class CommandError extends Error {
  constructor(
    readonly command: string,
    readonly exitCode: number | null,
    readonly stderr: string,
    options?: { cause?: unknown },
  ) {
    super(`${command} failed${exitCode === null ? '' : ` with exit code ${exitCode}`}: ${stderr.trim()}`, options);
    this.name = 'CommandError';
  }
}

export interface RunOptions {
  input?: string;
  timeoutMs?: number;
}

/** Runs a program to its end and returns its stdout. */
export type RunCommand = (program: string, args: readonly string[], options?: RunOptions) => Promise<string>;

export const runCommand: RunCommand = (program, args, { input, timeoutMs = 60_000 } = {}) =>
  new Promise((resolve, reject) => {
    const label = [program, ...args].join(' ');
    const child = spawn(program, args, { stdio: 'pipe', timeout: timeoutMs, killSignal: 'SIGKILL' });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (cause) => reject(new CommandError(label, null, cause.message, { cause })));
    // A program that ends before it has read its input is reported by its exit code, not by the broken pipe.
    child.stdin.on('error', () => undefined);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else reject(new CommandError(label, code, Buffer.concat(err).toString()));
    });
    child.stdin.end(input);
  });
