import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as net from 'node:net';
import type { Server } from 'node:net';
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
  const servers = [relay(toOutside, ports.outside), relay({ port: ports.inside, host: '127.0.0.1' }, toInside)];
  const program = `
    const net = require('node:net');
    ${relaySource}
    relay({ port: ${ports.outside}, host: '127.0.0.1' }, ${JSON.stringify(toOutside)});
    relay(${JSON.stringify(toInside)}, ${ports.inside});`;
  const [command, ...args] = netns.command(process.execPath, '-e', program);
  const child: ChildProcess = spawn(command, args, { stdio: 'inherit' });
  await eventually(async () => {
    if (!existsSync(toInside)) throw new Error('the relay inside is not up');
  });
  return {
    close() {
      child.kill('SIGKILL');
      for (const server of servers) server.close();
    },
  };
}

/** The same relay runs on both sides: here as a function, inside from its text. */
const relaySource = `
function relay(from, to) {
  const server = net.createServer((near) => {
    const far = net.connect(to);
    for (const [one, other] of [[near, far], [far, near]]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  return server.listen(from);
}`;
type Relay = (from: string | { port: number; host: string }, to: string | number) => Server;
const relay = new Function('net', `${relaySource}; return relay;`)(net) as Relay;
