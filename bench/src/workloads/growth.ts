import { load, type Request } from '../load';
import { median, type Measurement } from '../measurement';
import { configMaps, create, createNamespace, smallConfigMap } from '../objects';
import { ownTarget, type Target } from '../target';
import { growthOverWatchers } from './growth-watchers';
import type { BenchContext, Workload } from './context';

const concurrency = 64;
/** Objects that a round creates, to delete them again: the number that is stored stays about what it is. */
const burst = 200;
/** How much slower a write may be among the most objects than among the fewest. */
const allowedLoss = 0.2;
/** A growth by less says little about it. */
const judgedGrowth = 1000;

/** Operations per second and CPU of the server for each, in every round. */
type Rounds = Map<string, { perSecond: number[]; cpuMicros: number[]; errors: number }>;

/**
 * Throughput by how much is stored and by how many watch. A server that keeps the fewest objects is measured in turns
 * with one that grows, so that the machine's drift falls on both and the ratios stand.
 */
export const growth: Workload = async (context) => {
  await growthOverObjects(context);
  await growthOverWatchers(context);
};

async function growthOverObjects({ scale, report }: BenchContext): Promise<void> {
  const [fewest, ...more] = scale.growth.objects;
  if (fewest === undefined) return;
  const small = await StoredObjects.open();
  const grown = await StoredObjects.open();
  try {
    await small.growTo(fewest);
    // A server that has just started is slow; the other one warms up as it is filled.
    for (let round = 0; round < scale.growth.warmUps; round++) await small.round(new Map(), scale.growth.roundMs);
    for (const [index, size] of more.entries()) {
      await grown.growTo(size);
      for (let round = 0; round < scale.growth.warmUps; round++) await grown.round(new Map(), scale.growth.roundMs);
      const [low, high]: [Rounds, Rounds] = [new Map(), new Map()];
      for (let round = 0; round < scale.growth.rounds; round++) {
        // Who goes first changes, too.
        for (const which of round % 2 ? [grown, small] : [small, grown]) {
          await which.round(which === small ? low : high, scale.growth.roundMs);
        }
      }
      // Each size has been measured beside the fewest; the first of those stands for it.
      if (index === 0) for (const workload of low.keys()) report(figure(workload, fewest, low, low));
      for (const workload of high.keys()) {
        const measured = figure(workload, size, high, low);
        report(size >= fewest * judgedGrowth ? judged(measured) : measured);
      }
      const rssMiB = grown.target.usage.rssMiB();
      if (rssMiB) report({ workload: 'growth: memory', parameters: { objects: size }, more: { rssMiB }, errors: 0 });
    }
  } finally {
    await small.target.stop();
    await grown.target.stop();
  }
}

/** A server with objects that are numbered. */
class StoredObjects {
  private size = 0;
  private next = 0;
  /** Objects in the order of their updates; those that are answered come again. */
  private free: string[] = [];
  private taken = 0;

  private constructor(readonly target: Target) {}

  static async open(): Promise<StoredObjects> {
    const target = await ownTarget();
    const client = target.client(1);
    await createNamespace(client);
    await client.close();
    return new StoredObjects(target);
  }

  async growTo(size: number): Promise<void> {
    const from = this.size;
    const at = (n: number): Request | undefined =>
      from + n < size ? create(configMaps, smallConfigMap(name(from + n))) : undefined;
    const { errors } = await this.load('fill', Infinity, at);
    if (errors > 0) throw new Error(`${errors} of ${size - from} objects could not be created`);
    this.size = size;
    this.free = Array.from({ length: size }, (_, n) => name(scattered(n, size)));
    this.taken = 0;
  }

  async round(into: Rounds, durationMs: number): Promise<void> {
    const any = (n: number): string => name(scattered(this.next + n, this.size));
    await this.createAndDelete(into, durationMs);
    await this.updates(into, durationMs);
    await this.measure(into, 'get', durationMs, (n) => ({ method: 'GET', path: `${configMaps}/${any(n)}` }));
    await this.measure(into, 'list by a label of one object', durationMs, (n) => ({
      method: 'GET',
      path: `${configMaps}?labelSelector=object%3D${any(n)}`,
    }));
  }

  /** Never two of one object at a time: few objects would be slower for that alone. */
  private async updates(into: Rounds, durationMs: number): Promise<void> {
    const taken: string[] = [];
    const next = (n: number): Request => {
      const one = (taken[n] = this.free[this.taken++]!);
      return { method: 'PUT', path: `${configMaps}/${one}`, body: smallConfigMap(one, this.next + n) };
    };
    await this.measure(into, 'update', durationMs, next, (n) => this.free.push(taken[n]!));
  }

  /** Bursts of creates, each taken back, until both have had their time. */
  private async createAndDelete(into: Rounds, durationMs: number): Promise<void> {
    const parts: Record<'create' | 'delete', Load[]> = { create: [], delete: [] };
    for (const end = performance.now() + 2 * durationMs; performance.now() < end;) {
      const from = this.next;
      this.next += burst;
      const burstName = (n: number): string => `burst-${from + n}`;
      const creates = (n: number): Request | undefined =>
        n < burst ? create(configMaps, smallConfigMap(burstName(n))) : undefined;
      const deletes = (n: number): Request | undefined =>
        n < burst ? { method: 'DELETE', path: `${configMaps}/${burstName(n)}` } : undefined;
      parts.create.push(await this.load('create', Infinity, creates));
      parts.delete.push(await this.load('delete', Infinity, deletes));
    }
    for (const [workload, loads] of Object.entries(parts)) add(into, workload, loads);
  }

  private async measure(
    into: Rounds,
    workload: string,
    durationMs: number,
    next: (n: number) => Request | undefined,
    done?: (n: number) => void,
  ): Promise<void> {
    const measured = await this.load(workload, durationMs, next, done);
    this.next += Math.round(measured.perSecond! * (durationMs / 1000));
    add(into, workload, [measured]);
  }

  private async load(
    workload: string,
    durationMs: number,
    next: (n: number) => Request | undefined,
    done?: (n: number) => void,
  ): Promise<Load> {
    const client = (this.client ??= this.target.client(concurrency));
    return load(client, { workload, concurrency, durationMs, usage: this.target.usage, next, done });
  }
  private client: ReturnType<Target['client']> | undefined;
}

type Load = Awaited<ReturnType<typeof load>>;

const name = (n: number): string => `object-${String(n).padStart(6, '0')}`;

/** Visits all of `size` before any comes again, neighbours far apart: 7919 is a prime that divides no size in use. */
const scattered = (n: number, size: number): number => (n * 7919) % size;

function add(into: Rounds, workload: string, loads: readonly Load[]): void {
  const rounds = into.get(workload) ?? { perSecond: [], cpuMicros: [], errors: 0 };
  into.set(workload, rounds);
  // The mean of times, for bursts are of one size.
  rounds.perSecond.push(loads.length / loads.reduce((sum, { perSecond }) => sum + 1 / perSecond!, 0));
  const cpu = loads.reduce((sum, { serverCpuMicros }) => sum + (serverCpuMicros ?? 0), 0) / loads.length;
  rounds.cpuMicros.push(cpu);
  rounds.errors += loads.reduce((sum, { errors }) => sum + errors, 0);
}

function figure(workload: string, objects: number, rounds: Rounds, base: Rounds): Measurement {
  const { perSecond, cpuMicros, errors } = rounds.get(workload)!;
  const beside = base.get(workload)!;
  const ratio = median(perSecond) / median(beside.perSecond);
  return {
    workload: `growth: ${workload}`,
    parameters: { objects, concurrency },
    perSecond: median(perSecond),
    serverCpuMicros: median(cpuMicros),
    more: { ofFewest: ratio, cpuOfFewest: median(cpuMicros) / median(beside.cpuMicros) },
    errors,
  };
}

function judged(measured: Measurement): Measurement {
  const ratio = measured.more!['ofFewest']!;
  if (!/create|update|delete/.test(measured.workload) || ratio >= 1 - allowedLoss) return measured;
  return { ...measured, exceeded: `${ratio.toFixed(2)} of the throughput among the fewest objects` };
}
