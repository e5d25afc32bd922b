import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort, temporaryDirectory } from '@nestor/testing';
import { processComponent } from './process.component';

const listener = `
  require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1', () => console.log('listening'));
  require('node:fs').createReadStream('', { fd: 3 }).resume().once('close', () => process.exit());
`;

describe('a process of the cluster', () => {
  const directory = temporaryDirectory('process');
  const taken = createServer();
  beforeAll(() => new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    taken.close();
    directory.remove();
  });
  const takenPort = () => (taken.address() as AddressInfo).port;
  const component = (name: string, port: () => Promise<number>) =>
    processComponent({
      name,
      logFile: join(directory.path, `${name}.log`),
      command: async () => [process.execPath, '-e', listener, String(await port())],
      ready: async () => {
        if (!readFileSync(join(directory.path, `${name}.log`), 'utf8').includes('listening'))
          throw new Error('it does not listen yet');
      },
    });

  it('starts on another port when the one it got was taken meanwhile', async () => {
    const ports = [takenPort(), await freePort()];
    const running = await component('moves', () => Promise.resolve(ports.shift()!)).start();
    expect(ports).toEqual([]);
    await running.stop();
  });

  it('gives up when there is none', async () => {
    const stuck = component('stuck', () => Promise.resolve(takenPort()));
    await expect(stuck.start()).rejects.toThrow(/stuck ended while starting \(exit code 1\)/);
  });
});
