import { setTimeout as pause } from 'node:timers/promises';
import { databaseSize, type DatabaseSize } from '../database-size';
import { load, send } from '../load';
import { configMap, configMaps, create, createNamespace } from '../objects';
import { ownTarget } from '../target';
import type { BenchContext, Workload } from './context';

const mebi = 1024 * 1024;
const samples = 10;
const concurrency = 64;
/** Columns, tuple header and index entry of a row beside its body. */
const rowOverhead = 200;

interface Retention {
  revisions: number;
  seconds: number;
  partitionRevisions: number;
  compactionSeconds: number;
}

/** Short enough that the run sees many compactions; a production's five minutes would keep most of the run. */
const retentionFor = (updates: number): Retention => ({
  revisions: Math.ceil(updates / 100),
  partitionRevisions: Math.ceil(updates / 100),
  seconds: updates > 100_000 ? 5 : 1,
  compactionSeconds: updates > 100_000 ? 5 : 1,
});

/**
 * A great many updates of few objects, through an API server that compacts as in production, only more often: the
 * database may grow with what it has to hold, and with nothing else.
 */
export const bloat: Workload = async ({ scale, report }) => {
  const { objects, updates } = scale.bloat;
  const retention = retentionFor(updates);
  const target = await ownTarget([
    `--history-revisions=${retention.revisions}`,
    `--history-seconds=${retention.seconds}`,
    `--history-partition-revisions=${retention.partitionRevisions}`,
    `--history-compaction-seconds=${retention.compactionSeconds}`,
  ]);
  try {
    const url = target.own!.databaseUrl;
    const client = target.client(concurrency);
    await createNamespace(client);
    const name = (n: number): string => `bloat-${n % objects}`;
    for (let n = 0; n < objects; n++) await send(client, create(configMaps, configMap(name(n))));

    let fastest = 0;
    let largest: DatabaseSize | undefined;
    let errors = 0;
    for (let sample = 0; sample < samples; sample++) {
      const from = Math.round((updates * sample) / samples);
      const to = Math.round((updates * (sample + 1)) / samples);
      const measured = await load(client, {
        workload: 'bloat',
        concurrency,
        durationMs: Infinity,
        usage: target.usage,
        next: (n) => {
          const at = from + n;
          if (at >= to) return undefined;
          return { method: 'PUT', path: `${configMaps}/${name(at)}`, body: configMap(name(at), at + 1) };
        },
      });
      const size = await databaseSize(url);
      if (size.database > (largest?.database ?? 0)) largest = size;
      fastest = Math.max(fastest, measured.perSecond!);
      errors += measured.errors;
      report(sampleOf(`${measured.workload}, after`, to, size, measured));
    }
    await client.close();
    // What was written last is history until its time is over and two rounds have passed.
    await pause((retention.seconds + 3 * retention.compactionSeconds) * 1000);
    const settled = await databaseSize(url);
    report(sampleOf('bloat, settled', updates, settled, { errors }));

    const running = boundOf(retention, { objects, perSecond: fastest, bodyBytes: settled.bodyBytes });
    const idle = boundOf(retention, { objects, perSecond: 0, bodyBytes: settled.bodyBytes });
    report(verdict('bloat, bound while it runs', largest!, running));
    report(verdict('bloat, bound when settled', settled, idle));
  } finally {
    await target.stop();
  }
};

/**
 * What the database may take: twice the history that the settings promise (the revisions that are always kept, one
 * partition that is not full, and all that came in the time of the retention and of two rounds of compaction), four
 * times the live objects, and 24 MiB for what an empty database and the partitions made ahead need.
 */
function boundOf(
  { revisions, seconds, partitionRevisions, compactionSeconds }: Retention,
  { objects, perSecond, bodyBytes }: { objects: number; perSecond: number; bodyBytes: number },
): number {
  const row = bodyBytes + rowOverhead;
  const retained = revisions + partitionRevisions + perSecond * (seconds + 2 * compactionSeconds);
  return 2 * retained * row + 4 * objects * row + 24 * mebi;
}

type Reported = Parameters<BenchContext['report']>[0];

function sampleOf(workload: string, updates: number, size: DatabaseSize, measured: Partial<Reported>): Reported {
  const { database, objects, objectIndexes, history, catalog, retained } = size;
  const more = {
    databaseMiB: database / mebi,
    objectMiB: objects / mebi,
    objectIndexMiB: objectIndexes / mebi,
    historyMiB: history / mebi,
    catalogMiB: catalog / mebi,
    retained,
  };
  const { perSecond, serverCpuMicros, errors = 0 } = measured;
  return { workload, parameters: { updates }, perSecond, serverCpuMicros, more, errors };
}

function verdict(workload: string, { database }: DatabaseSize, bound: number): Reported {
  return {
    workload,
    parameters: {},
    more: { databaseMiB: database / mebi, boundMiB: bound / mebi },
    ...(database > bound
      ? { exceeded: `the database takes ${database} bytes, the bound is ${Math.round(bound)}` }
      : {}),
    errors: 0,
  };
}
