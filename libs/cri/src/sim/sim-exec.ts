import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecResult, StreamOptions, StreamSession } from '../container-runtime';
import { RuntimeError } from '../runtime-error';
import { parseSimProgram } from './sim-program';

/** Longest sleep an exec'd command is allowed to simulate; nobody waits for more. */
const longestSleepMs = 3_600_000;

interface Output {
  write(stream: 'stdout' | 'stderr', text: string): void;
  stdin?: NodeJS.ReadableStream;
}

async function runProgram(command: readonly string[], output: Output, signal: AbortSignal): Promise<number> {
  for (const step of parseSimProgram(command)) {
    if (step.kind === 'print') output.write(step.stream, step.text);
    else if (step.kind === 'exit') return step.code;
    else if (step.kind === 'copyStdin') await copyStdin(output);
    // A command the simulation does not know: show it, so that the caller sees what would have been run.
    else if (step.milliseconds === Infinity) output.write('stdout', `${command.join(' ')}\n`);
    else await delay(Math.min(step.milliseconds, longestSleepMs), undefined, { signal });
  }
  return 0;
}

async function copyStdin(output: Output): Promise<void> {
  if (!output.stdin) return;
  for await (const chunk of output.stdin) output.write('stdout', chunk.toString());
}

export async function simExecSync(command: readonly string[], timeoutSeconds: number): Promise<ExecResult> {
  const text = { stdout: '', stderr: '' };
  const timeout = timeoutSeconds > 0 ? AbortSignal.timeout(timeoutSeconds * 1000) : new AbortController().signal;
  try {
    const output: Output = { write: (stream, chunk) => (text[stream] += chunk) };
    const exitCode = await runProgram(command, output, timeout);
    return { stdout: Buffer.from(text.stdout), stderr: Buffer.from(text.stderr), exitCode };
  } catch (error) {
    const what = `failed to exec in container: timeout ${timeoutSeconds}s exceeded`;
    throw new RuntimeError('DeadlineExceeded', what, { cause: error });
  }
}

export function simExec(command: readonly string[], options: StreamOptions): StreamSession {
  const stdin = options.stdin ? new PassThrough() : undefined;
  const stdout = options.stdout ? new PassThrough() : undefined;
  const stderr = options.stderr && !options.tty ? new PassThrough() : undefined;
  const abort = new AbortController();
  const write: Output['write'] = (stream, text) => void (stream === 'stderr' && stderr ? stderr : stdout)?.write(text);
  const outcome = runProgram(command, { write, stdin }, abort.signal)
    .then(
      (exitCode) => ({ exitCode }),
      (error: Error) => ({ exitCode: 137, error: error.message }),
    )
    .finally(() => {
      stdout?.end();
      stderr?.end();
    });
  const close = () => {
    abort.abort();
    stdin?.end();
  };
  return { stdin, stdout, stderr, resize: () => undefined, outcome, close };
}
