import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createNetns, temporaryDirectory, type Netns } from '@nestor/testing';
import { CommandError, type RunCommand, runCommand } from '../src/kernel/run-command';

const execute = promisify(execFile);

export interface TestPod {
  name: string;
  ip: string;
}

/**
 * A node in a network namespace with pods in namespaces of their own, joined by a bridge as the CNI bridge plugin
 * would join them. Each pod answers HTTP on 8080 with its name.
 */
export class PodNetwork {
  readonly node: Netns = createNetns();
  readonly nodeIP = '192.0.2.10';
  private readonly pods: Netns[] = [];
  private readonly servers: ChildProcess[] = [];
  private readonly files = temporaryDirectory('proxy');

  static async create(): Promise<PodNetwork> {
    const network = new PodNetwork();
    await network.onNode('ip', 'link', 'add', 'cbr0', 'type', 'bridge');
    await network.onNode('ip', 'address', 'add', '10.244.7.1/24', 'dev', 'cbr0');
    await network.onNode('ip', 'link', 'set', 'cbr0', 'up');
    const sysctls = ['net/ipv4/conf/all/route_localnet', 'net/bridge/bridge-nf-call-iptables'];
    for (const name of sysctls) await network.onNode('sh', '-c', `echo 1 > /proc/sys/${name} || true`);
    return network;
  }

  /** Runs programs on the node; what a backend under test gets. */
  readonly run: RunCommand = (program, args, options) => {
    const [file, ...rest] = this.node.command(program, ...args);
    return runCommand(file, rest, options);
  };

  async addPod(name: string): Promise<TestPod> {
    const index = this.pods.length + 2;
    const pod = createNetns();
    this.pods.push(pod);
    const ip = `10.244.7.${index}`;
    await this.onNode('ip', 'link', 'add', `veth${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod.name);
    await this.onNode('ip', 'link', 'set', `veth${index}`, 'master', 'cbr0', 'up');
    // As CNI's hairpinMode: a pod may be its own endpoint.
    await this.onNode('ip', 'link', 'set', `veth${index}`, 'type', 'bridge_slave', 'hairpin', 'on');
    const [file, ...args] = pod.command(
      'sh',
      '-ec',
      `ip link del uplink0; ip addr add ${ip}/24 dev eth0; ip link set eth0 up; ip route add default via 10.244.7.1`,
    );
    await execute(file, args);
    await this.serve(pod, name);
    return { name, ip };
  }

  /** Asks for the page from the node ('') or from a pod; undefined when nobody answers. */
  async fetch(from: string, host: string, port: number): Promise<string | undefined> {
    // Not wget: Debian's static busybox crashes in it when it loads the machine's name service modules.
    const request = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 5 busybox nc -w 3 ${host} ${port}`;
    const [file, ...args] = this.namespaceOf(from).command('sh', '-c', request);
    try {
      return (await execute(file, args)).stdout.split('\r\n\r\n')[1]?.trim();
    } catch {
      return undefined;
    }
  }

  /** How a connection ends: answered, refused at once, or left without an answer. */
  async connect(from: string, host: string, port: number): Promise<string> {
    const [file, ...args] = this.namespaceOf(from).command('sh', '-c', `busybox nc -w 2 ${host} ${port} < /dev/null`);
    try {
      await execute(file, args);
      return 'answered';
    } catch (error) {
      return /refused/.test(String((error as { stderr?: string }).stderr)) ? 'refused' : 'silent';
    }
  }

  async remove(): Promise<void> {
    for (const server of this.servers) server.kill('SIGKILL');
    for (const server of this.servers) {
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    }
    for (const netns of [...this.pods, this.node]) netns.remove();
    this.files.remove();
  }

  private namespaceOf(ip: string): Netns {
    return ip === '' ? this.node : this.pods[Number(ip.split('.')[3]) - 2]!;
  }

  private async onNode(program: string, ...args: string[]): Promise<void> {
    await this.run(program, args);
  }

  private async serve(pod: Netns, name: string): Promise<void> {
    const folder = join(this.files.path, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.html'), name);
    const [file, ...args] = pod.command('busybox', 'httpd', '-f', '-p', '8080', '-h', folder);
    this.servers.push(spawn(file, args, { stdio: 'ignore' }));
    const [shell, ...wait] = pod.command(
      'sh',
      '-c',
      'for i in $(seq 100); do busybox nc -w 1 127.0.0.1 8080 < /dev/null 2> /dev/null && exit 0; sleep 0.05; done; exit 1',
    );
    try {
      await execute(shell, wait);
    } catch (cause) {
      throw new CommandError('busybox httpd', 1, 'does not listen', { cause });
    }
  }
}
