import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, repositoryRoot, startApiServer, type TestApiServer } from '@nestor/testing';
import { KubernetesClient, LeaderElector, refs } from '../src';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));

(isBuilt ? describe : describe.skip)('LeaderElector', () => {
  let server: TestApiServer;
  let client: KubernetesClient;
  beforeAll(async () => {
    server = await startApiServer();
    client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
  }, 120_000);
  afterAll(async () => {
    client?.close();
    await server?.stop();
  });

  const elector = (identity: string, name: string, leaseSeconds = 3) =>
    new LeaderElector({
      leases: client.resource(refs.leases),
      namespace: 'kube-system',
      name,
      identity,
      leaseDurationMs: leaseSeconds * 1000,
      renewDeadlineMs: (leaseSeconds - 1) * 1000,
      retryPeriodMs: 200,
    });
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

  it('lets one lead, and the other at once when the first ends', async () => {
    // So long that neither a slow machine nor the lease's end hands it over.
    const [first, second] = [elector('one', 'a', 600), elector('two', 'a', 600)];
    const [endFirst, endSecond] = [new AbortController(), new AbortController()];
    const firstTerm = first.term(endFirst.signal, untilAborted);
    await eventually(() => expect(first.isLeader).toBe(true));
    const secondTerm = second.term(endSecond.signal, untilAborted);
    const lease = await client.resource(refs.leases).get('a', 'kube-system');
    expect(lease.spec).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 600, leaseTransitions: 0 });
    expect(second.isLeader).toBe(false);
    endFirst.abort();
    await firstTerm;
    await eventually(() => expect(second.isLeader).toBe(true));
    expect((await client.resource(refs.leases).get('a', 'kube-system')).spec?.leaseTransitions).toBeGreaterThan(0);
    endSecond.abort();
    await secondTerm;
  });

  it('steps down when another took the lease, and when it cannot renew', async () => {
    const stolen = elector('one', 'b');
    let ended = false;
    const term = stolen.term(new AbortController().signal, async (signal) => {
      await untilAborted(signal);
      ended = true;
    });
    await eventually(() => expect(stolen.isLeader).toBe(true));
    const leases = client.resource(refs.leases);
    await eventually(async () => {
      const lease = await leases.get('b', 'kube-system');
      await leases.update({
        ...lease,
        spec: { ...lease.spec, holderIdentity: 'thief', renewTime: lease.spec?.renewTime },
      });
    });
    await term;
    expect(ended).toBe(true);

    const cut = elector('one', 'c');
    const cutTerm = cut.term(new AbortController().signal, untilAborted);
    await eventually(() => expect(cut.isLeader).toBe(true));
    await server.kill();
    await cutTerm;
    expect(cut.isLeader).toBe(false);
    await server.restart();
  });
});
