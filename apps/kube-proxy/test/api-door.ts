import { createServer, connect, type Server } from 'node:net';
import { join } from 'node:path';
import { eventually, startProcess, temporaryDirectory, type Netns, type TestProcess } from '@nestor/testing';

/** Listens where it is told inside the namespace and passes each connection on to a socket file. */
const relay = `
const net = require('node:net');
const [path, port] = process.argv.slice(1);
net.createServer((inside) => {
  const outside = net.connect(path);
  inside.on('error', () => outside.destroy());
  outside.on('error', () => inside.destroy());
  inside.pipe(outside).pipe(inside);
}).listen(Number(port), '127.0.0.1');
`;

/**
 * Lets processes in a network namespace reach one loopback port of the machine under the same address, and nothing
 * else: through a socket file, which no namespace hides, so that no network interface joins the two.
 */
export async function openDoor(netns: Netns, port: number): Promise<{ close(): Promise<void> }> {
  const directory = temporaryDirectory('door');
  const path = join(directory.path, 'api.sock');
  const server = await listen(path, port);
  const inside: TestProcess = startProcess(process.execPath, {
    args: ['-e', relay, path, String(port)],
    netns: netns.name,
  });
  const [file, ...args] = netns.command('sh', '-c', `busybox nc -w 1 127.0.0.1 ${port} < /dev/null`);
  await eventually(async () => {
    const probe = startProcess(file, { args });
    if ((await probe.exited) !== 0) throw new Error(`the relay does not listen: ${inside.output()}`);
  });
  return {
    close: async () => {
      await inside.kill();
      await new Promise((done) => server.close(done));
      directory.remove();
    },
  };
}

function listen(path: string, port: number): Promise<Server> {
  const server = createServer((socket) => {
    const target = connect(port, '127.0.0.1');
    socket.on('error', () => target.destroy());
    target.on('error', () => socket.destroy());
    socket.pipe(target).pipe(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}
