import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CriRuntime, startContainerd, type ContainerdOptions } from '@nestor/cri';
import { routeProtocol } from '@nestor/proxy';
import type { ClusterPaths } from './cluster-paths';
import { findProgram } from './find-program';
import { unmountBelow } from './mounts';

/** Stops and removes every pod of the cluster's own containerd. The API keeps them: a later start runs them anew. */
export async function removePods(socket: string): Promise<void> {
  const runtime = new CriRuntime(socket);
  try {
    const sandboxes = await runtime.listPodSandboxes();
    await Promise.all(
      sandboxes.map(async ({ id }) => {
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }),
    );
  } finally {
    runtime.close();
  }
}

/** Takes away what a killed cluster left on the machine: pods, their network, mounts, shims. */
export async function removeContainerLeftovers(paths: ClusterPaths): Promise<void> {
  if (!existsSync(paths.runtimeState) || process.getuid?.() !== 0) return;
  if (shims(paths).length > 0 && findProgram('containerd')) {
    try {
      // Only containerd knows which network each pod had.
      const containerd = await startContainerd(containerdSettings(paths));
      await removePods(paths.containerdSocket).finally(() => containerd.stop());
    } catch {
      // What it could not remove in order is ended below.
    }
  }
  for (const pid of shims(paths)) endTree(pid);
  unmountBelow(paths.runtimeState);
  unmountBelow(paths.data);
  rmSync(paths.runtimeState, { recursive: true, force: true });
  removeNetwork(paths);
}

export function containerdSettings(paths: ClusterPaths): ContainerdOptions & { cniConfDir: string } {
  return {
    dir: paths.containerd,
    root: join(paths.containerd, 'root'),
    state: join(paths.runtimeState, 'state'),
    address: paths.containerdSocket,
    cniConfDir: paths.cniConfig,
    cniBinDir: cniBinaries(),
  };
}

export function cniBinaries(): string {
  return ['/usr/lib/cni', '/opt/cni/bin'].find((folder) => existsSync(join(folder, 'bridge'))) ?? '/usr/lib/cni';
}

/** The shims of this cluster's containerd, known by its socket. */
function shims(paths: ClusterPaths): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!pid) return false;
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words[0]!.includes('containerd-shim') && words.includes(paths.containerdSocket);
      } catch {
        // Ended meanwhile.
        return false;
      }
    });
}

function endTree(pid: number): void {
  for (const child of childrenOf(pid)) endTree(child);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Ended meanwhile.
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number).filter(Boolean);
  } catch {
    return [];
  }
}

/** Removes the pods' bridges and the rules and routes of kube-proxy. */
export function removeNetwork(paths: ClusterPaths): void {
  for (const bridge of bridges(paths)) quietly('ip', ['link', 'delete', bridge]);
  for (const table of ['nat', 'filter', 'mangle']) removeServiceRules(table);
  for (const family of ['-4', '-6']) quietly('ip', [family, 'route', 'flush', 'proto', routeProtocol]);
}

function bridges(paths: ClusterPaths): string[] {
  if (!existsSync(paths.cniConfig)) return [];
  return readdirSync(paths.cniConfig)
    .filter((file) => /\.conf(list)?$/.test(file))
    .flatMap((file) => {
      const { plugins = [] } = JSON.parse(readFileSync(join(paths.cniConfig, file), 'utf8')) as {
        plugins?: { type: string; bridge?: string }[];
      };
      return plugins.flatMap(({ type, bridge }) => (type === 'bridge' ? [bridge ?? 'cni0'] : []));
    });
}

function removeServiceRules(table: string): void {
  const saved = quietly('iptables-save', ['-t', table]);
  const lines = saved.split('\n');
  const chains = lines.flatMap((line) => /^:(KUBE-\S+)/.exec(line)?.[1] ?? []);
  if (chains.length === 0) return;
  const jumps = lines.filter((line) => /^-A (?!KUBE-)/.test(line) && / -j KUBE-/.test(line));
  const script = [
    `*${table}`,
    ...jumps.map((rule) => rule.replace(/^-A/, '-D')),
    // All are emptied before any is removed, for they refer to each other.
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
    'COMMIT',
    '',
  ].join('\n');
  quietly('iptables-restore', ['--noflush'], script);
}

/** Best effort at the end of a cluster: a program that is missing has left nothing behind. */
function quietly(program: string, args: string[], input?: string): string {
  try {
    return execFileSync(findProgram(program) ?? program, args, { input, stdio: 'pipe', encoding: 'utf8' });
  } catch {
    return '';
  }
}
