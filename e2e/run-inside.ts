import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Netns } from '@nestor/testing';

const exec = promisify(execFile);

/** A program beside the cluster, in its network namespace. Throws when it ends with an error. */
export function runInside(
  netns: Netns,
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  const [command, ...rest] = netns.command(program, ...args);
  return exec(command, rest, { env: { ...process.env, ...env }, timeout: 150_000 });
}
