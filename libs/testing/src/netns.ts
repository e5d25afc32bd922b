import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export interface Netns {
  name: string;
  /** A command that runs inside. */
  command(file: string, ...args: string[]): [string, ...string[]];
  remove(): void;
}

/**
 * A network namespace with loopback up and a default route that leads nowhere, so that pods and rules stay inside it.
 * nsenter and not `ip netns exec`: that one mounts /sys anew and hides the cgroups.
 */
export function createNetns(): Netns {
  const name = `nestor-${randomBytes(4).toString('hex')}`;
  const command = (file: string, ...args: string[]): [string, ...string[]] => [
    'nsenter',
    `--net=/var/run/netns/${name}`,
    '--',
    file,
    ...args,
  ];
  const run = ([file, ...args]: [string, ...string[]]) => execFileSync(file, args, { stdio: 'pipe' });
  run(['ip', 'netns', 'add', name]);
  run(command('ip', 'link', 'set', 'lo', 'up'));
  // A pair with both ends inside: it has a carrier, and every kernel that can run pods has the device.
  run(command('ip', 'link', 'add', 'uplink0', 'type', 'veth', 'peer', 'name', 'uplink1'));
  run(command('ip', 'address', 'add', '192.0.2.10/24', 'dev', 'uplink0'));
  run(command('ip', 'link', 'set', 'uplink0', 'up'));
  run(command('ip', 'link', 'set', 'uplink1', 'up'));
  run(command('ip', 'route', 'add', 'default', 'via', '192.0.2.1'));
  run(command('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward || true'));
  return { name, command, remove: () => run(['ip', 'netns', 'delete', name]) };
}

export async function withNetns<T>(work: (netns: Netns) => Promise<T>): Promise<T> {
  const netns = createNetns();
  try {
    return await work(netns);
  } finally {
    netns.remove();
  }
}
