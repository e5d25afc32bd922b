import { startEchoFloor } from './floors/echo';
import { insertFloor } from './floors/insert';
import { send } from './load';
import { thisMachine } from './machine';
import type { Measurement } from './measurement';
import { configMap, configMaps, create, createNamespace, namespace } from './objects';
import type { Target } from './target';
import { bloat } from './workloads/bloat';
import type { BenchContext, Scale, Workload } from './workloads/context';
import { growth } from './workloads/growth';
import { lists } from './workloads/lists';
import { operations } from './workloads/operations';
import { start } from './workloads/start';
import { watch } from './workloads/watch';

/** What a run without names does. */
export const usualWorkloads: Readonly<Record<string, Workload>> = { operations, watch, lists, start };

/** With those that take long and are run by name alone. */
export const workloads: Readonly<Record<string, Workload>> = { ...usualWorkloads, bloat, growth };

export interface BenchResults {
  /** RFC 3339. */
  date: string;
  machine: { cpus: number; model: string; node: string };
  server: string;
  measurements: Measurement[];
}

export interface BenchSettings {
  names: readonly string[];
  scale: Scale;
  progress(measurement: Measurement): void;
}

/** Runs the named workloads one after another, in a namespace that is gone afterwards. */
export async function runBench(target: Target, { names, scale, progress }: BenchSettings): Promise<BenchResults> {
  const measurements: Measurement[] = [];
  const inserts = new Map<number, number>();
  const echo = await startEchoFloor(Math.min(scale.durationMs, 2000));
  const context: BenchContext = {
    target,
    scale,
    echo,
    async insert(batch) {
      const url = target.own?.databaseUrl;
      if (!url) return undefined;
      const known = inserts.get(batch);
      if (known !== undefined) return known;
      const rows = await insertFloor(url, { batch, durationMs: scale.durationMs, body: configMap('floor') });
      inserts.set(batch, rows);
      return rows;
    },
    report(measurement) {
      measurements.push(measurement);
      progress(measurement);
    },
  };
  try {
    await prepare(target, context);
    for (const name of names) await workloads[name]!(context);
  } finally {
    await echo.stop();
    const client = target.client(1);
    await send(client, { method: 'DELETE', path: `/api/v1/namespaces/${namespace}` }).catch(() => undefined);
    await client.close();
  }
  return {
    date: new Date().toISOString(),
    machine: thisMachine(),
    server: target.own ? 'Nestor, its own API server on a durable Postgres' : target.connection.server,
    measurements,
  };
}

/** The namespace, its default service account (nobody else may be there to make it), and some work to warm up. */
async function prepare({ client: open, usage: _ }: Target, { scale }: BenchContext): Promise<void> {
  const client = open(16);
  await createNamespace(client);
  const rounds = scale.pods;
  let n = 0;
  const worker = async (): Promise<void> => {
    for (let at = n++; at < rounds; at = n++) {
      await send(client, create(configMaps, configMap(`warm-${at}`)));
      await send(client, { method: 'GET', path: `${configMaps}/warm-${at}` });
      await send(client, { method: 'DELETE', path: `${configMaps}/warm-${at}` });
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  await client.close();
}
