import { setTimeout as sleep } from 'node:timers/promises';
import { isExpired } from '@nestor/api';
import { httpWatch, refs, type HttpTransport } from '@nestor/client';
import type { ChangeType, History } from '../history';
import { namespace } from './api';
import type { Observer } from './observer';
import type { Random } from '@nestor/testing';

/** Opens watches at revisions of the past, of all ages, and notes what came of it. */
export async function runProbes(settings: {
  transports: readonly HttpTransport[];
  observer: Observer;
  random: Random;
  history: History;
  signal: AbortSignal;
}): Promise<void> {
  const { transports, observer, random, history, signal } = settings;
  while (!signal.aborted) {
    await sleep(200);
    if (observer.revision === 0) continue;
    // Half of them old, half of them young.
    const after = Math.ceil(observer.revision * (random.chance(0.5) ? random.next() : 1 - random.next() * 0.05));
    const begin = performance.now();
    const first = await firstAfter(random.pick(transports), Math.max(1, after)).catch(() => 'no answer' as const);
    if (first === 'no answer') continue;
    const timed = { begin, end: performance.now(), after: Math.max(1, after) };
    history.probes.push(first === 'expired' ? { ...timed, outcome: first } : { ...timed, outcome: 'served', first });
  }
}

async function firstAfter(transport: HttpTransport, after: number) {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(3000)]);
  let first: { revision: number; key: string; type: ChangeType } | undefined;
  try {
    await httpWatch(transport, refs.configMaps, { namespace, resourceVersion: String(after), signal }, (event) => {
      if (first || event.type === 'BOOKMARK') return;
      const { name = '', resourceVersion } = event.object.metadata;
      first = { revision: Number(resourceVersion), key: name, type: event.type };
      ended.abort();
    });
  } catch (error) {
    if (isExpired(error)) return 'expired';
    throw error;
  }
  return first ?? ('no answer' as const);
}
