import { setTimeout as sleep } from 'node:timers/promises';
import { freeze, type Random, type TcpProxy } from '@nestor/testing';
import type { History } from '../history';
import type { CheckedCluster, Replica } from './checked-cluster';

/** One thing that goes wrong, for a while. */
export interface Fault {
  name: string;
  of: 'process' | 'connection';
  strike(holdMs: number): Promise<void>;
}

/** Everything that is killed, paused, cut and slowed. */
export function faultsOf(cluster: CheckedCluster): Fault[] {
  const { postgres, nats, fromWatchers, replicas } = cluster;
  const faults: Fault[] = [
    {
      name: 'kill Postgres',
      of: 'process',
      strike: async (holdMs) => {
        await postgres.kill();
        await sleep(holdMs);
        await postgres.restart();
      },
    },
    {
      name: 'pause Postgres',
      of: 'process',
      strike: async (holdMs) => {
        const thaw = postgres.freeze();
        await sleep(holdMs);
        thaw();
      },
    },
    { name: 'kill the relay', of: 'process', strike: (holdMs) => killReplica(relayOf(replicas), holdMs) },
    { name: 'pause the relay', of: 'process', strike: (holdMs) => pausePid(relayOf(replicas).api.pid(), holdMs) },
  ];
  if (nats) {
    faults.push(
      {
        name: 'kill NATS',
        of: 'process',
        strike: async (holdMs) => {
          await nats.kill();
          await sleep(holdMs);
          await nats.restart();
        },
      },
      { name: 'pause NATS', of: 'process', strike: (holdMs) => pausePid(nats.pid, holdMs) },
    );
  }
  for (const [index, replica] of replicas.entries()) {
    const name = `API server ${index}`;
    faults.push(
      { name: `kill ${name}`, of: 'process', strike: (holdMs) => killReplica(replica, holdMs) },
      { name: `pause ${name}`, of: 'process', strike: (holdMs) => pausePid(replica.api.pid(), holdMs) },
      ...linkFaults(`${name} to Postgres`, replica.toPostgres),
      ...linkFaults(`clients to ${name}`, replica.fromClients),
      ...(replica.toNats ? linkFaults(`${name} to NATS`, replica.toNats) : []),
    );
  }
  if (fromWatchers) faults.push(...linkFaults('watchers to NATS', fromWatchers));
  return faults;
}

function linkFaults(name: string, proxy: TcpProxy): Fault[] {
  const during = (what: string, strike: () => void): Fault => ({
    name: `${what} ${name}`,
    of: 'connection',
    strike: async (holdMs) => {
      strike();
      await sleep(holdMs);
      await proxy.heal();
    },
  });
  return [
    during('cut', () => proxy.cut()),
    during('slow', () => proxy.delay(150)),
    during('swallow', () => proxy.blackHole()),
    during('refuse', () => proxy.refuse()),
    during('throttle', () => proxy.throttle(20_000)),
  ];
}

async function killReplica({ api }: Replica, holdMs: number): Promise<void> {
  await api.kill();
  await sleep(holdMs);
  await api.restart();
}

async function pausePid(pid: number, holdMs: number): Promise<void> {
  const thaw = freeze(pid);
  await sleep(holdMs);
  thaw();
}

/** The replica whose log said last that it relays; any, where none did. */
function relayOf(replicas: readonly Replica[]): Replica {
  return replicas.find(({ api }) => isRelaying(api.output())) ?? replicas[0]!;
}

const isRelaying = (log: string): boolean => log.lastIndexOf('"leading":true') > log.lastIndexOf('"leading":false');

export interface NemesisSettings {
  faults: readonly Fault[];
  random: Random;
  history: History;
  signal: AbortSignal;
  tell(fault: string): void;
}

/** One fault after another, with quiet in between. A round has each process once, and as many of the connections. */
export async function runNemesis({ faults, random, history, signal, tell }: NemesisSettings): Promise<void> {
  if (faults.length === 0) return;
  let left: Fault[] = [];
  await quiet(1000, signal);
  while (!signal.aborted) {
    if (left.length === 0) left = roundOf(faults, random);
    const fault = left.pop()!;
    tell(fault.name);
    const begin = performance.now();
    await fault.strike(random.between(300, 2500));
    history.faults.push({ begin, end: performance.now(), name: fault.name });
    await quiet(random.between(300, 1200), signal);
  }
}

function roundOf(faults: readonly Fault[], random: Random): Fault[] {
  const processes = faults.filter(({ of }) => of === 'process');
  const connections = random.shuffled(faults.filter(({ of }) => of === 'connection'));
  return random.shuffled([...processes, ...connections.slice(0, Math.max(1, processes.length))]);
}

async function quiet(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
