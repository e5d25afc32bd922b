import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, type Netns } from '@nestor/testing';

/**
 * Lets the API server on the machine's loopback and the kubelet on the namespace's reach each other without a link
 * between the two networks: connections cross over unix sockets, which belong to no network.
 */
export async function bridgeNamespace(
  netns: Netns,
  ports: { outside: number; inside: number },
  directory: string,
): Promise<{ close(): void }> {
  const toOutside = join(directory, 'out.sock');
  const toInside = join(directory, 'in.sock');
  const outside = program([
    [toOutside, ports.outside],
    [{ port: ports.inside, host: '127.0.0.1' }, toInside],
  ]);
  const inside = program([
    [{ port: ports.outside, host: '127.0.0.1' }, toOutside],
    [toInside, ports.inside],
  ]);
  const [command, ...args] = netns.command(process.execPath, '-e', inside);
  const children = [
    spawn(process.execPath, ['-e', outside], { stdio: 'inherit' }),
    spawn(command, args, { stdio: 'inherit' }),
  ];
  await eventually(() => {
    if (!existsSync(toInside) || !existsSync(toOutside)) throw new Error('the relays are not up');
  });
  return { close: () => children.forEach((child) => void child.kill('SIGKILL')) };
}

type Address = string | number | { port: number; host: string };

/** A process of its own on each side: one that runs in the test could stall with it. */
function program(relays: [from: Address, to: Address][]): string {
  return `
    const net = require('node:net');
    for (const [from, to] of ${JSON.stringify(relays)}) {
      net.createServer((near) => {
        const far = net.connect(to);
        for (const [one, other] of [[near, far], [far, near]]) {
          one.on('error', () => other.destroy());
          one.on('close', () => other.destroy());
          one.pipe(other);
        }
      }).listen(from);
    }`;
}
