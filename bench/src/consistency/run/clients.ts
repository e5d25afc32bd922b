import { setTimeout as sleep } from 'node:timers/promises';
import type { History, Outcome, ReadRecord, Version, WriteRecord } from '../history';
import { configMaps, type Answer, type Api } from './api';
import type { Random } from '@nestor/testing';

export interface ClientSettings {
  apis: readonly Api[];
  keys: readonly string[];
  random: Random;
  history: History;
  signal: AbortSignal;
}

let values = 0;

/** One client: writes and reads of a few keys, one after another, each over any of the replicas. */
export async function runClient(settings: ClientSettings): Promise<void> {
  const { random, signal } = settings;
  const client = new Client(settings);
  while (!signal.aborted) {
    await client.step();
    await sleep(random.between(0, 12));
  }
}

/** What clients know of the keys, right or stale: shared, so that they meet on the newest versions. */
const known = new WeakMap<History, Map<string, Version>>();

class Client {
  private readonly versions: Map<string, Version>;

  constructor(private readonly settings: ClientSettings) {
    this.versions = known.get(settings.history) ?? new Map();
    known.set(settings.history, this.versions);
  }

  async step(): Promise<void> {
    const { random, keys } = this.settings;
    const key = random.pick(keys);
    const dice = random.next();
    if (dice < 0.2) await this.create(key);
    else if (dice < 0.45) await this.update(key, this.versions.get(key)?.revision);
    else if (dice < 0.5) await this.update(key, this.versions.get(random.pick(keys))?.revision);
    else if (dice < 0.58) await this.update(key, undefined);
    else if (dice < 0.68) await this.remove(key, random.chance(0.5) ? this.versions.get(key)?.revision : undefined);
    else if (dice < 0.84) await this.get(key, true);
    else if (dice < 0.9) await this.get(key, false);
    else if (dice < 0.96) await this.list(undefined);
    else await this.list(3);
  }

  private async create(key: string): Promise<void> {
    const value = this.newValue();
    await this.write({ verb: 'create', key, value }, (api) => api.send('POST', configMaps, object(key, value)));
  }

  private async update(key: string, expected: number | undefined): Promise<void> {
    const value = this.newValue();
    await this.write({ verb: 'update', key, value, expected }, (api) =>
      api.send('PUT', `${configMaps}/${key}`, object(key, value, expected)),
    );
  }

  private async remove(key: string, expected: number | undefined): Promise<void> {
    const options = { preconditions: expected === undefined ? {} : { resourceVersion: String(expected) } };
    await this.write({ verb: 'delete', key, expected }, (api) => api.send('DELETE', `${configMaps}/${key}`, options));
  }

  private async write(
    of: Pick<WriteRecord, 'verb' | 'key' | 'value' | 'expected'>,
    send: (api: Api) => Promise<Answer>,
  ): Promise<void> {
    const record: WriteRecord = { ...of, begin: performance.now(), end: Infinity, outcome: 'unknown', code: 0 };
    // Noted before it is sent: what it may have done must not look as if nobody had asked for it.
    this.settings.history.writes.push(record);
    const answer = await this.ask(send);
    record.end = performance.now();
    if (!answer) return;
    record.code = answer.code;
    record.outcome = outcomeOf(answer.code);
    if (record.outcome !== 'done') return;
    if (of.verb === 'delete') record.uid = (answer.body.details?.uid ?? answer.body.metadata?.uid) as string;
    else {
      record.revision = Number(answer.body.metadata.resourceVersion);
      this.learn(of.key, { revision: record.revision, value: of.value! });
    }
  }

  private async get(key: string, consistent: boolean): Promise<void> {
    const begin = performance.now();
    const answer = await this.ask((api) =>
      api.send('GET', `${configMaps}/${key}${consistent ? '' : '?resourceVersion=0'}`),
    );
    if (answer?.code !== 200 && answer?.code !== 404) return;
    const seen = answer.code === 200 ? versionsOf([answer.body]) : {};
    this.note({ begin, end: performance.now(), consistent, key, seen });
  }

  /** Whole, or in pages that must all show one revision. */
  private async list(limit: number | undefined): Promise<void> {
    const begin = performance.now();
    const items: unknown[] = [];
    let revision: number | undefined;
    let token: string | undefined;
    do {
      const query = [...(limit ? [`limit=${limit}`] : []), ...(token ? [`continue=${encodeURIComponent(token)}`] : [])];
      const answer = await this.ask((api) => api.send('GET', `${configMaps}?${query.join('&')}`));
      if (answer?.code !== 200) return;
      revision ??= Number(answer.body.metadata.resourceVersion);
      if (Number(answer.body.metadata.resourceVersion) !== revision) {
        throw new Error(`a page of the list at ${revision} was at ${answer.body.metadata.resourceVersion}`);
      }
      items.push(...(answer.body.items as unknown[]));
      token = answer.body.metadata.continue as string | undefined;
    } while (token);
    this.note({ begin, end: performance.now(), consistent: true, listRevision: revision, seen: versionsOf(items) });
  }

  private note(read: ReadRecord): void {
    this.settings.history.reads.push(read);
    for (const [key, version] of Object.entries(read.seen)) this.learn(key, version);
  }

  private learn(key: string, version: Version): void {
    if (version.revision > (this.versions.get(key)?.revision ?? 0)) this.versions.set(key, version);
  }

  private async ask(send: (api: Api) => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await send(this.settings.random.pick(this.settings.apis));
    } catch {
      // No answer: that is what faults are for.
      await sleep(20);
      return undefined;
    }
  }

  private newValue(): string {
    return `v${++values}`;
  }
}

/** 503 is said of what was not done; after a 500 or 504 nobody knows. */
function outcomeOf(code: number): Outcome {
  if (code < 300) return 'done';
  return code < 500 || code === 503 ? 'refused' : 'unknown';
}

const object = (name: string, value: string, resourceVersion?: number): unknown => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(resourceVersion !== undefined && { resourceVersion: String(resourceVersion) }) },
  data: { value },
});

interface Shown {
  metadata: { name: string; resourceVersion: string };
  data: { value: string };
}

export function versionsOf(items: readonly unknown[]): Record<string, Version> {
  return Object.fromEntries(
    (items as Shown[]).map(({ metadata, data }) => [
      metadata.name,
      { revision: Number(metadata.resourceVersion), value: data.value },
    ]),
  );
}
