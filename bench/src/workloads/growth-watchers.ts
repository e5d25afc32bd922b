import { setTimeout as pause } from 'node:timers/promises';
import { load, send } from '../load';
import { configMaps, create, createNamespace, smallConfigMap } from '../objects';
import { ownTarget, type Target } from '../target';
import type { BenchContext } from './context';

/** Writers; enough to fill batches, few enough that the watchers' share of the machine shows. */
const concurrency = 16;
const objects = 100;
const lineEnd = 10;

/** Updates per second, and events delivered, while more and more watch over HTTP. */
export async function growthOverWatchers({ scale, report }: BenchContext): Promise<void> {
  const target = await ownTarget();
  try {
    const client = target.client(concurrency);
    await createNamespace(client);
    const name = (n: number): string => `object-${n % objects}`;
    for (let n = 0; n < objects; n++) await send(client, create(configMaps, smallConfigMap(name(n))));
    let value = 0;
    for (const size of scale.growth.watchers) {
      const audience = await Audience.gather(target, size);
      const before = target.usage.cpuMicros();
      const began = performance.now();
      let sent = 0;
      const updates = await load(client, {
        workload: 'update',
        concurrency,
        durationMs: scale.growth.roundMs * 3,
        next: (n) => {
          sent = n + 1;
          return { method: 'PUT', path: `${configMaps}/${name(n)}`, body: smallConfigMap(name(n), ++value) };
        },
      });
      const wanted = sent * size;
      for (const end = performance.now() + 60_000; audience.delivered < wanted && performance.now() < end;) {
        await pause(5);
      }
      const seconds = (performance.now() - began) / 1000;
      const after = target.usage.cpuMicros();
      const { delivered, cutOff } = audience;
      await audience.leave();
      report({
        workload: 'growth: update while watched',
        parameters: { watchers: size, concurrency },
        perSecond: updates.perSecond,
        p50Ms: updates.p50Ms,
        p99Ms: updates.p99Ms,
        ...(before !== undefined && after !== undefined ? { serverCpuMicros: (after - before) / sent } : {}),
        more: { eventsPerSecond: delivered / seconds, cutOff, missing: wanted - delivered },
        errors: updates.errors,
      });
    }
    await client.close();
  } finally {
    await target.stop();
  }
}

/** Watchers that count what they hear, each on a connection of its own. */
class Audience {
  delivered = 0;
  cutOff = 0;
  private leaving = false;

  private constructor(private readonly clients: ReturnType<Target['client']>[]) {}

  static async gather(target: Target, size: number): Promise<Audience> {
    const clients = Array.from({ length: size }, () => target.client(1));
    const audience = new Audience(clients);
    const first = target.client(1);
    const { body } = await first.request({ method: 'GET', path: `${configMaps}?limit=1` });
    const { metadata } = (await body.json()) as { metadata: { resourceVersion: string } };
    await first.close();
    const path = `${configMaps}?watch=1&resourceVersion=${metadata.resourceVersion}`;
    await Promise.all(clients.map((client) => audience.listen(client, path)));
    return audience;
  }

  async leave(): Promise<void> {
    this.leaving = true;
    await Promise.all(this.clients.map((client) => client.destroy()));
  }

  private async listen(client: ReturnType<Target['client']>, path: string): Promise<void> {
    const { body } = await client.request({ method: 'GET', path });
    const ended = (): void => void (this.leaving || this.cutOff++);
    body.on('data', (part: Buffer) => {
      // A line is an event. Anything more would measure this process.
      for (let at = part.indexOf(lineEnd); at >= 0; at = part.indexOf(lineEnd, at + 1)) this.delivered++;
    });
    body.on('error', ended);
    body.on('end', ended);
  }
}
