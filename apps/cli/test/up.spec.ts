import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { Client } from 'pg';
import { eventually, startCluster, type TestCluster } from '@nestor/testing';

/** `nestor up` as a user runs it, on simulated nodes. */
describe('nestor up', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ runtime: 'sim', nodes: 2 });
  }, 180_000);
  afterAll(() => cluster?.stop(), 120_000);
  const out = async (...args: string[]) => (await cluster.kubectl(args)).stdout;

  /** Every process that has the cluster's folder in its command line, but for ours. */
  const processes = () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0/g, ' ');
          return command.includes(cluster.data) ? [`${pid} ${command}`] : [];
        } catch {
          return [];
        }
      });

  it('shows each step and says how to go on', () => {
    for (const step of ['certificates', 'create and start Postgres', 'start the API server', '2 nodes ready']) {
      expect(cluster.output).toMatch(new RegExp(`ok +[0-9.]+s  ${step}`));
    }
    expect(cluster.output).toContain(`export KUBECONFIG=${cluster.kubeconfig}`);
  });

  it('has everything running', async () => {
    const { code, output } = await cluster.nestor('status');
    expect(code).toBe(0);
    for (const name of ['postgres', 'apiserver', 'scheduler', 'controller-manager', 'kube-proxy', 'sim-nodes']) {
      expect(output).toMatch(new RegExp(`${name} +running`));
    }
    expect(await out('get', 'nodes', '-o', 'name')).toBe('node/sim-node-0\nnode/sim-node-1\n');
  });

  describe('has a Postgres', () => {
    const inPostgres = (name: string) => readFileSync(join(cluster.data, 'postgres', name), 'utf8').trim();
    const place = () =>
      `postgres://nestor_apiserver:${inPostgres('apiserver-password')}@127.0.0.1:${inPostgres('port')}/nestor`;
    const verified = () => `${place()}?sslmode=verify-full&sslrootcert=${join(cluster.data, 'pki', 'postgres-ca.crt')}`;
    const ask = async <T>(connectionString: string, question: (client: Client) => Promise<T>): Promise<T> => {
      const client = new Client({ connectionString });
      try {
        await client.connect();
        return await question(client);
      } finally {
        await client.end();
      }
    };
    const roles = async (client: Client) => {
      const columns = 'rolname, rolsuper, rolcreaterole, rolcreatedb';
      const { rows } = await client.query(`SELECT ${columns} FROM pg_roles WHERE pg_has_role(oid, 'MEMBER')`);
      return rows as unknown[];
    };

    it('that nobody reaches by plain TCP, and where the API server is a role of few rights', async () => {
      await expect(ask(place(), roles)).rejects.toThrow(/pg_hba.conf rejects connection .* no encryption/);
      expect(await ask(verified(), roles)).toEqual([
        { rolname: 'nestor_apiserver', rolsuper: false, rolcreaterole: false, rolcreatedb: false },
      ]);
    });

    it('that goes on with a renewed certificate', async () => {
      const { postgres } = cluster.processes();
      expect((await cluster.nestor('certs', 'renew', 'postgres')).output).toBe('certificate postgres renewed\n');
      const renewed = new X509Certificate(readFileSync(join(cluster.data, 'pki', 'postgres.crt'))).fingerprint256;
      const served = (client: Client) => {
        const { connection } = client as unknown as { connection: { stream: TLSSocket } };
        return Promise.resolve(connection.stream.getPeerCertificate().fingerprint256);
      };
      await eventually(async () => expect(await ask(verified(), served)).toBe(renewed), { timeoutMs: 60_000 });
      expect(cluster.processes()['postgres']).toBe(postgres);
    });
  });

  it('has a default storage class', async () => {
    expect(await out('get', 'storageclass', '--no-headers')).toMatch(
      /^standard \(default\) +nestor.dev\/node-local +Delete +WaitForFirstConsumer +true /,
    );
  });

  it('says so when it runs already', async () => {
    const { code, output } = await cluster.nestor('up', '--runtime=sim');
    expect(code).toBe(0);
    expect(output).toContain('running already');
    expect(output).toContain(`export KUBECONFIG=${cluster.kubeconfig}`);
  });

  it('takes images, prints the kubeconfig and logs, and shows how a pod came to be', async () => {
    await out('create', 'deployment', 'web', '--image=busybox');
    await out('rollout', 'status', 'deployment/web', '--timeout=60s');
    const pod = (await out('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    await eventually(async () => {
      const { output } = await cluster.nestor('trace', `default/${pod}`);
      for (const service of ['apiserver', 'scheduler', 'kubelet']) expect(output).toContain(`[${service}]`);
    });
    expect((await cluster.nestor('trace', 'default/absent')).output).toContain('pods "absent" not found');
    expect((await cluster.nestor('kubeconfig')).output).toContain('current-context: kubernetes-admin@nestor');
    expect((await cluster.nestor('logs', 'scheduler')).output).toContain('"component":"scheduler"');
    const missing = await cluster.nestor('logs', 'nothing');
    expect(missing).toMatchObject({ code: 1, output: expect.stringContaining('there are: ') });
  }, 120_000);

  it('starts again what dies, and goes on', async () => {
    const before = cluster.processes();
    process.kill(before['scheduler']!, 'SIGKILL');
    process.kill(before['postgres']!, 'SIGKILL');
    await eventually(() => {
      expect(cluster.processes()['scheduler']).not.toBe(before['scheduler']);
      expect(cluster.processes()['postgres']).not.toBe(before['postgres']);
    });
    await eventually(() => out('create', 'configmap', 'after', '--from-literal=a=b'), { timeoutMs: 60_000 });
  }, 120_000);

  it('leaves nothing behind when the supervisor is killed, and starts over it', async () => {
    const { pid } = JSON.parse(readFileSync(join(cluster.data, 'run', 'supervisor.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await eventually(() => expect(processes()).toEqual([]), { timeoutMs: 60_000 });
    await cluster.up();
    expect(await out('get', 'configmap', 'after', '-o', 'jsonpath={.data.a}')).toBe('b');
  }, 180_000);

  it('stops with everything it started, and finds all objects again', async () => {
    await cluster.down();
    expect(processes()).toEqual([]);
    expect((await cluster.nestor('status')).code).toBe(1);
    await cluster.up();
    expect(await out('get', 'configmap', 'after', '-o', 'jsonpath={.data.a}')).toBe('b');
  }, 180_000);

  it('says which port is taken', async () => {
    await cluster.down();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = other.address() as AddressInfo;
      const { code, output } = await cluster.nestor('up', '--detach', '--runtime=sim', `--port=${port}`);
      expect(code).toBe(1);
      expect(output).toContain(`port ${port} is in use by another process; choose one with --port`);
      expect(processes()).toEqual([]);
    } finally {
      other.close();
    }
  });

  it('names what is wrong with the options', async () => {
    const { code, output } = await cluster.nestor('up', '--port=many', '--runtim=sim');
    expect(code).toBe(2);
    expect(output).toContain('--port: must be');
    expect(output).toContain('unknown option --runtim (did you mean --runtime?)');
  });

  it('removes the data when told to', async () => {
    const { code } = await cluster.nestor('down', '--purge');
    expect(code).toBe(0);
    expect(existsSync(cluster.data)).toBe(false);
  });
});
