import { setTimeout as pause } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { TestBus } from '@nestor/testing';
import { NatsBus, ownCredentials, watchPattern } from '@nestor/watch';
import { send } from '../load';
import { quantile } from '../measurement';
import { configMap, configMaps, create } from '../objects';
import type { BenchContext, Workload } from './context';

const pacedMs = 20;
const watched = 'watched';
let lastValue = 0;

/** One object that changes, and many who watch: events delivered, how late, and what each costs the API server. */
export const watch: Workload = async (context) => {
  const client = context.target.client(8);
  await send(client, create(configMaps, configMap(watched)));
  for (const watchers of context.scale.watchers) {
    const audience = await overHttp(context, watchers);
    await measure(context, client, audience, `watch over HTTP`);
    await audience.leave();
  }
  const bus = context.target.own?.bus;
  if (bus) {
    const audience = await overNats(bus, Math.max(...context.scale.watchers));
    await measure(context, client, audience, 'watch over NATS');
    await audience.leave();
  }
  await client.close();
};

interface Audience {
  size: number;
  /** Called with the text of every event of the watched object. */
  hear: (text: string) => void;
  cutOff: number;
  leave(): Promise<void>;
}

async function overHttp({ target }: BenchContext, size: number): Promise<Audience> {
  const clients = Array.from({ length: size }, () => target.client(1));
  const audience: Audience = {
    size,
    hear: () => undefined,
    cutOff: 0,
    leave: async () => {
      leaving = true;
      await Promise.all(clients.map((one) => one.destroy()));
    },
  };
  let leaving = false;
  const path = `${configMaps}?watch=1&fieldSelector=metadata.name%3D${watched}`;
  const follow = async (client: Dispatcher): Promise<void> => {
    const { body } = await client.request({ method: 'GET', path });
    void (async () => {
      try {
        let rest = '';
        for await (const part of body) {
          // An event may come in two parts.
          const text = rest + (part as Buffer).toString('latin1');
          const end = text.lastIndexOf('\n') + 1;
          rest = text.slice(end);
          audience.hear(text.slice(0, end));
        }
      } catch {
        // Counted below, unless it is the end of the measurement.
      }
      if (!leaving) audience.cutOff++;
    })();
  };
  await Promise.all(clients.map(follow));
  return audience;
}

async function overNats({ nats, caFile, issuer }: TestBus, size: number): Promise<Audience> {
  const subject = watchPattern({ group: '', plural: 'configmaps' });
  const permissions = { publish: [], subscribe: [subject] };
  const credentials = ownCredentials(issuer, { name: 'bench', permissions, lifeMs: 600_000 });
  const bus = new NatsBus({ url: nats.url, caFile, credentials });
  await bus.ready();
  const audience: Audience = { size, hear: () => undefined, cutOff: 0, leave: () => bus.close() };
  const decoder = new TextDecoder('latin1');
  for (let n = 0; n < size; n++) {
    bus.subscribe(subject, ({ type, data }) => {
      if (type === 'event') audience.hear(decoder.decode(data));
    });
  }
  await bus.flush();
  return audience;
}

async function measure(context: BenchContext, client: Dispatcher, audience: Audience, workload: string): Promise<void> {
  await paced(context, client, audience, workload, pacedMs);
  await paced(context, client, audience, `${workload}, burst`, 0);
}

async function paced(
  { target, scale, report }: BenchContext,
  client: Dispatcher,
  audience: Audience,
  workload: string,
  gapMs: number,
): Promise<void> {
  const sentAt: number[] = [];
  const late: number[] = [];
  let delivered = 0;
  audience.hear = (text) => {
    const now = performance.now();
    for (const [, n] of text.matchAll(/"value":"(\d+)"/g)) {
      delivered++;
      const at = sentAt[Number(n)];
      if (at !== undefined) late.push(now - at);
    }
  };
  await pause(200);
  delivered = 0;
  let errors = 0;
  const before = target.usage.cpuMicros();
  const began = performance.now();
  for (let n = 1; n <= scale.updates; n++) {
    // No value comes twice in a run: an update that changes nothing makes no event.
    const value = ++lastValue;
    sentAt[value] = performance.now();
    const request = { method: 'PUT', path: `${configMaps}/${watched}`, body: configMap(watched, value) } as const;
    const update = send(client, request).then(({ code }) => {
      if (code >= 400) errors++;
    });
    // A burst has eight in flight; what is paced does not wait.
    if (gapMs > 0) await pause(gapMs);
    else if (n % 8 === 0) await update;
  }
  const wanted = scale.updates * audience.size;
  for (const end = performance.now() + 30_000; delivered < wanted && performance.now() < end;) await pause(10);
  const seconds = (performance.now() - began) / 1000;
  const after = target.usage.cpuMicros();
  audience.hear = () => undefined;
  report({
    workload,
    parameters: { watchers: audience.size, updates: scale.updates },
    perSecond: delivered / seconds,
    p50Ms: quantile(late, 0.5),
    p99Ms: quantile(late, 0.99),
    ...(before !== undefined && after !== undefined ? { serverCpuMicros: (after - before) / delivered } : {}),
    more: { cutOff: audience.cutOff, missing: wanted - delivered },
    errors,
  });
}
