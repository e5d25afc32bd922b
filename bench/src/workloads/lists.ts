import { longestStallMs } from '../event-loop';
import { getText, load, type Request, send } from '../load';
import { withFloor } from '../measurement';
import { create, pod, pods } from '../objects';
import type { BenchContext, Workload } from './context';

/** What `kubectl get` asks for. */
const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** A list of many pods whole, in pages of 500 and by a label that one in a hundred has; and what they cost in memory. */
export const lists: Workload = async (context) => {
  await fill(context);
  const whole = { method: 'GET', path: pods } as const;
  await measure(context, 'list whole', () => whole);
  await measure(context, 'list whole, gzip', () => ({ ...whole, headers: { 'accept-encoding': 'gzip' } }));
  await measure(context, 'list whole, Table', () => ({ ...whole, headers: { accept: asTable } }));
  const byLabel = (n: number): string => `${pods}?labelSelector=hundredth%3D${n % 100}`;
  await measure(context, 'list by a 1% label', (n) => ({ ...whole, path: byLabel(n) }));
  await pages(context);
};

async function fill({ target, scale, report }: BenchContext): Promise<void> {
  const client = target.client(64);
  const before = target.usage.rssMiB();
  const { errors } = await load(client, {
    workload: 'fill',
    concurrency: 64,
    durationMs: Infinity,
    next: (n) => (n < scale.pods ? create(pods, pod(n)) : undefined),
  });
  const { length } = await send(client, { method: 'GET', path: pods });
  await client.close();
  const after = target.usage.rssMiB();
  if (before === undefined || after === undefined) return;
  const more = { beforeMiB: before, afterMiB: after, jsonMiB: length / 1024 / 1024 };
  report({ workload: 'memory', parameters: { pods: scale.pods }, more, errors });
}

async function measure(context: BenchContext, workload: string, next: (n: number) => Request): Promise<void> {
  const { target, scale, echo } = context;
  const client = target.client(2);
  const settings = { workload, concurrency: 2, durationMs: scale.durationMs, usage: target.usage };
  await longestStallMs(client);
  const measured = await load(client, { ...settings, next });
  const stallMs = await longestStallMs(client);
  await client.close();
  const { bytes, ...figures } = measured;
  const count = Math.max(1, Math.round(measured.perSecond! * (scale.durationMs / 1000)));
  const received = Math.round(bytes / count);
  const floor = await echo.perSecond({ sent: 0, received, concurrency: 2 });
  const more = {
    mbPerSecond: (measured.perSecond! * received) / 1e6,
    bytes: received,
    ...(stallMs !== undefined ? { stallMs } : {}),
  };
  context.report(
    withFloor({ ...figures, parameters: { ...figures.parameters, pods: scale.pods }, more }, 'echo', floor),
  );
}

/** All pages one after another count as one list. */
async function pages({ target, scale, report }: BenchContext): Promise<void> {
  const client = target.client(1);
  await longestStallMs(client);
  const before = target.usage.cpuMicros();
  const began = performance.now();
  let done = 0;
  do {
    for (let token: string | undefined = ''; token !== undefined;) {
      const page = await getText(client, `${pods}?limit=500&continue=${encodeURIComponent(token)}`);
      // Parsing the page would measure this process.
      token = /"continue":"([^"]*)"/.exec(page.slice(0, 1000))?.[1];
    }
    done++;
  } while (performance.now() - began < scale.durationMs);
  const seconds = (performance.now() - began) / 1000;
  const after = target.usage.cpuMicros();
  const stallMs = await longestStallMs(client);
  await client.close();
  report({
    workload: 'list in pages of 500',
    parameters: { concurrency: 1, pods: scale.pods },
    perSecond: done / seconds,
    ...(before !== undefined && after !== undefined ? { serverCpuMicros: (after - before) / done } : {}),
    ...(stallMs !== undefined ? { more: { stallMs } } : {}),
    errors: 0,
  });
}
