import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import {
  buildBusyboxImage,
  describeWhen,
  eventually,
  freePort,
  helmPath,
  kubectlPath,
  missingTools,
  startProcess,
  startTestPostgres,
  temporaryDirectory,
  withNetns,
} from './index';

describe('startTestPostgres', () => {
  it('gives each caller an empty database', async () => {
    const [one, two] = await Promise.all([startTestPostgres(), startTestPostgres()]);
    const tables = async (url: string, sql: string) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query<{ n: number }>(sql);
      await client.end();
      return rows;
    };
    await tables(one.url, 'CREATE TABLE a (n int)');
    const count = "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'";
    expect(await tables(one.url, count)).toEqual([{ n: 1 }]);
    expect(await tables(two.url, count)).toEqual([{ n: 0 }]);
    await Promise.all([one.stop(), two.stop()]);
    await expect(tables(one.url, count)).rejects.toThrow(/does not exist/);
  });
});

describe('eventually', () => {
  it('gives the first result and, when there is none, the last error', async () => {
    let calls = 0;
    const third = () => {
      if (++calls < 3) throw new Error(`call ${calls}`);
      return calls;
    };
    expect(await eventually(third, { intervalMs: 1 })).toBe(3);
    await expect(
      eventually(() => Promise.reject(new Error('never')), { timeoutMs: 20, intervalMs: 5 }),
    ).rejects.toThrow('never');
  });
});

describe('freePort', () => {
  it('gives another port each time, none of which an outgoing connection gets', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, freePort));
    expect(new Set(ports).size).toBe(20);
    const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    expect(Math.max(...ports)).toBeLessThan(Number(range.split('\t')[0]));
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(ports.at(-1)! + 1, '127.0.0.1', resolve));
    expect(await freePort()).not.toBe((taken.address() as AddressInfo).port);
    taken.close();
  });
});

describe('startProcess', () => {
  it('collects what a process says and tells how it ended', async () => {
    const ended = startProcess('/bin/sh', { args: ['-c', 'echo out; echo err >&2; exit 3'] });
    expect(await ended.exited).toBe(3);
    expect(ended.output()).toMatch(/out/);
    expect(ended.output()).toMatch(/err/);
    const killed = startProcess('/bin/sleep', { args: ['100'] });
    await killed.kill();
    expect(killed.child.signalCode).toBe('SIGKILL');
  });
});

describe('the tools', () => {
  it('are kubectl 1.35 and helm', () => {
    const version = execFileSync(kubectlPath(), ['version', '--client'], { encoding: 'utf8' });
    expect(version).toMatch(/Client Version: v1\.35\./);
    expect(execFileSync(helmPath(), ['version', '--short'], { encoding: 'utf8' })).toMatch(/^v\d+\./);
  });
});

describeWhen(missingTools('busybox').length === 0, 'busybox-static is not installed')('buildBusyboxImage', () => {
  it('builds an OCI layout whose blobs have the digests they are named by', async () => {
    const directory = temporaryDirectory('image');
    try {
      const { file } = await buildBusyboxImage(join(directory.path, 'busybox.tar'), 'example/busybox:2');
      execFileSync('tar', ['-xf', file, '-C', directory.path]);
      const index = JSON.parse(readFileSync(join(directory.path, 'index.json'), 'utf8')) as {
        manifests: { digest: string; annotations: Record<string, string> }[];
      };
      expect(index.manifests[0]!.annotations['io.containerd.image.name']).toBe('example/busybox:2');
      const blobs = execFileSync('sh', ['-c', 'cd blobs/sha256 && sha256sum *'], {
        cwd: directory.path,
        encoding: 'utf8',
      });
      for (const line of blobs.trim().split('\n')) {
        const [sum, name] = line.split(/\s+/);
        expect(sum).toBe(name);
      }
      expect(existsSync(join(directory.path, 'blobs/sha256', index.manifests[0]!.digest.slice(7)))).toBe(true);
    } finally {
      directory.remove();
    }
  });
});

describeWhen(
  process.getuid?.() === 0 && missingTools('ip', 'nsenter').length === 0,
  'network namespaces need root and iproute2',
)('withNetns', () => {
  it('makes a namespace with loopback and a default route, and removes it', async () => {
    const name = await withNetns(async (netns) => {
      const [file, ...args] = netns.command('ip', 'route');
      expect(execFileSync(file, args, { encoding: 'utf8' })).toContain('default via 192.0.2.1');
      return netns.name;
    });
    expect(existsSync(`/var/run/netns/${name}`)).toBe(false);
  });
});
