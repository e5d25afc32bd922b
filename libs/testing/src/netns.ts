import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

export interface Netns {
  name: string;
  /** By which it is reached from others that are linked with it. */
  address: string;
  /** A command that runs inside. */
  command(file: string, ...args: string[]): [string, ...string[]];
  remove(): void;
}

const run = ([file, ...args]: [string, ...string[]]) => execFileSync(file, args, { stdio: 'pipe' });

/**
 * A network namespace with loopback up and a default route that leads nowhere, so that pods and rules stay inside it.
 * nsenter and not `ip netns exec`: that one mounts /sys anew and hides the cgroups.
 */
export function createNetns(): Netns {
  const netns = bareNetns('192.0.2.10');
  const inside = (...args: string[]) => run(netns.command('ip', ...args));
  // A pair with both ends inside: it has a carrier, and every kernel that can run pods has the device.
  inside('link', 'add', 'uplink0', 'type', 'veth', 'peer', 'name', 'uplink1');
  inside('link', 'set', 'uplink1', 'up');
  openUplink(netns);
  return netns;
}

/** Another machine on the network of a namespace that createNetns made. */
export function createNeighbour(of: Netns): Netns {
  const netns = bareNetns('192.0.2.11');
  run(netns.command('ip', 'link', 'add', 'uplink0', 'type', 'veth', 'peer', 'name', 'neighbour0', 'netns', of.name));
  openUplink(netns);
  run(of.command('ip', 'link', 'set', 'neighbour0', 'up'));
  // Its address is one of the network that the other uplink is on, too.
  run(of.command('ip', 'route', 'add', `${netns.address}/32`, 'dev', 'neighbour0', 'src', of.address));
  return netns;
}

function bareNetns(address: string): Netns {
  const name = `nestor-${randomBytes(4).toString('hex')}`;
  const command = (file: string, ...args: string[]): [string, ...string[]] => [
    'nsenter',
    `--net=/var/run/netns/${name}`,
    '--',
    file,
    ...args,
  ];
  run(['ip', 'netns', 'add', name]);
  run(command('ip', 'link', 'set', 'lo', 'up'));
  run(command('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward || true'));
  return { name, address, command, remove: () => run(['ip', 'netns', 'delete', name]) };
}

function openUplink({ address, command }: Netns): void {
  run(command('ip', 'address', 'add', `${address}/24`, 'dev', 'uplink0'));
  run(command('ip', 'link', 'set', 'uplink0', 'up'));
  run(command('ip', 'route', 'add', 'default', 'via', '192.0.2.1'));
}

export async function withNetns<T>(work: (netns: Netns) => Promise<T>): Promise<T> {
  const netns = createNetns();
  try {
    return await work(netns);
  } finally {
    netns.remove();
  }
}
