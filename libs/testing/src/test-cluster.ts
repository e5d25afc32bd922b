import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterPki } from '@nestor/pki';
import type { ApiAccess } from './api-client';
import { kubectl, type KubectlResult, type KubectlSettings } from './kubectl';
import { freePort } from './free-port';
import { repositoryRoot } from './repository-root';
import { temporaryDirectory } from './temporary-directory';
import { startProcess } from './test-process';

export interface ClusterSettings {
  runtime?: 'containerd' | 'sim';
  /** Simulated nodes. */
  nodes?: number;
  /** The network namespace everything runs in; needed for containerd, so that nothing leaks to the machine. */
  netns?: string;
  args?: readonly string[];
  env?: Record<string, string>;
}

export interface TestCluster {
  data: string;
  kubeconfig: string;
  /** What an ApiClient of it needs. */
  access(): Promise<ApiAccess>;
  /** What `up` printed. */
  output: string;
  nestor(...args: string[]): Promise<{ code: number | null; output: string }>;
  kubectl(args: readonly string[], settings?: Partial<KubectlSettings>): Promise<KubectlResult>;
  /** The process ids by component, as `nestor status` knows them. */
  processes(): Record<string, number>;
  log(component: string): string;
  /** Stops, keeping the data; `up` brings it back. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Stops and removes everything. */
  stop(): Promise<void>;
}

/** A whole cluster by `./nestor up --detach`, in a data folder of its own on a free port. */
export async function startCluster(settings: ClusterSettings = {}): Promise<TestCluster> {
  const { runtime = 'sim', nodes, netns } = settings;
  const directory = temporaryDirectory('cluster');
  const data = join(directory.path, 'data');
  const port = await freePort();
  const kubeconfig = join(data, 'kubeconfig');
  const nestor = async (...args: string[]) => {
    const started = startProcess(join(repositoryRoot(), 'nestor'), {
      args: [...args, '--data', data],
      netns,
      // The build is the caller's: several clusters must not start several builds.
      env: { NESTOR_SKIP_BUILD: '1', NESTOR_LIFELINE_FD: undefined, ...settings.env },
    });
    return { code: await started.exited, output: started.output() };
  };
  const upArgs = [
    'up',
    '--detach',
    `--port=${port}`,
    `--runtime=${runtime}`,
    ...(nodes === undefined ? [] : [`--nodes=${nodes}`]),
    ...(settings.args ?? []),
  ];
  const up = async () => {
    const { code, output } = await nestor(...upArgs);
    if (code !== 0) throw new Error(`nestor up ended with ${code}:\n${output}`);
    return output;
  };
  const purge = async () => {
    await nestor('down', '--purge');
    directory.remove();
  };
  let output: string;
  try {
    output = await up();
  } catch (error) {
    await purge();
    throw error;
  }
  return {
    data,
    kubeconfig,
    output,
    nestor,
    access: async () => {
      const pki = await ClusterPki.open(join(data, 'pki'));
      return { url: /server: (\S+)/.exec(readFileSync(kubeconfig, 'utf8'))![1]!, pki, caFile: pki.caFile };
    },
    kubectl: (args, more) => kubectl(args, { kubeconfig, netns, ...more }),
    processes: () => {
      const state = JSON.parse(readFileSync(join(data, 'run', 'processes.json'), 'utf8')) as {
        components: Record<string, { pid: number }>;
      };
      return Object.fromEntries(Object.entries(state.components).map(([name, { pid }]) => [name, pid]));
    },
    log: (component) => readFileSync(join(data, 'logs', `${component}.log`), 'utf8'),
    down: async () => {
      const { code, output: said } = await nestor('down');
      if (code !== 0) throw new Error(`nestor down ended with ${code}:\n${said}`);
    },
    up: async () => void (await up()),
    stop: purge,
  };
}
