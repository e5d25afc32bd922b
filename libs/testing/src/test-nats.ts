import { connect } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually';
import { freePort } from './free-port';
import { missingTools } from './skip';
import { temporaryDirectory } from './temporary-directory';
import { startProcess } from './test-process';

export interface TestNats {
  url: string;
  pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Starts it again on the same port after kill or stop. */
  restart(): Promise<void>;
}

export interface TestNatsSettings {
  /** The text of the configuration file for a port; without it a plain server on loopback. */
  config?: (port: number) => string;
  scheme?: 'nats' | 'tls';
}

export function hasNatsServer(): boolean {
  return missingTools('nats-server').length === 0;
}

/** A nats-server of its own on a free loopback port. */
export async function startNats({ config, scheme = 'nats' }: TestNatsSettings = {}): Promise<TestNats> {
  const port = await freePort();
  const directory = temporaryDirectory('nats');
  const file = join(directory.path, 'nats.conf');
  writeFileSync(file, config?.(port) ?? `host: "127.0.0.1"\nport: ${port}\nmax_payload: 8MB\n`);
  const start = async () => {
    const started = startProcess('nats-server', { args: ['-c', file] });
    let ended = false;
    void started.exited.then(() => (ended = true));
    await eventually(async () => {
      if (ended) throw new Error(`nats-server ended: ${started.output()}`);
      await reachable(port);
    });
    return started;
  };
  let server = await start();
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    get pid() {
      return server.child.pid!;
    },
    stop: async () => {
      await server.stop();
      directory.remove();
    },
    kill: () => server.kill(),
    restart: async () => {
      server = await start();
    },
  };
}

function reachable(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject).once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
