import { spawn, type ChildProcess } from 'node:child_process';

export interface ProcessSettings {
  args?: readonly string[];
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Run inside a network namespace made by createNetns. */
  netns?: string;
}

export interface TestProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
  /** SIGTERM, then SIGKILL when that takes over 20 seconds. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Starts a process that ends with the test run, whatever happens. Node apps also get a lifeline on descriptor 3. */
export function startProcess(file: string, settings: ProcessSettings = {}): TestProcess {
  const { args = [], env = {}, cwd, netns } = settings;
  const command = netns ? ['nsenter', `--net=/var/run/netns/${netns}`, '--', file, ...args] : [file, ...args];
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    env: { ...process.env, NESTOR_LIFELINE_FD: '3', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  let text = '';
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
    // Enough for a message on failure; a long run must not fill the memory.
    if (text.length > 400_000) text = text.slice(-200_000);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  (child.stdio[3] as NodeJS.ReadableStream).on('error', () => undefined);
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      text += error.message;
      resolve(127);
    });
    child.once('close', resolve);
  });
  void exited.then(() => running.delete(child));
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await exited;
    clearTimeout(timer);
  };
  return { child, output: () => text, exited, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}
