import type { ConfigMap } from '@nestor/api';
import { eventually } from '@nestor/testing';
import type { Informer, ResourceClient } from '../src';

/** What an informer told of ConfigMaps, one line for each call of a handler: the revision and what it was. */
export function revisionsTold(informer: Informer<ConfigMap>): string[] {
  const told: string[] = [];
  const note = (what: string, { metadata }: Pick<ConfigMap, 'metadata'>) =>
    void told.push(`${metadata.resourceVersion} ${what} ${metadata.name}`);
  informer.addHandlers({
    added: (object) => note('added', object as ConfigMap),
    updated: (object) => note('updated', object as ConfigMap),
    deleted: () => undefined,
  });
  return told;
}

/** Writers that create an object each and change it until they are stopped; they know what an informer must tell. */
export class StoryWriters {
  readonly written: string[] = [];
  private running = true;
  private readonly finished: Promise<unknown>;

  constructor(
    private readonly maps: ResourceClient<ConfigMap>,
    name: string,
    private readonly settings: { count?: number; text?: string } = {},
  ) {
    const names = Array.from({ length: settings.count ?? 3 }, (_, index) => `${name}-${index}`);
    this.finished = Promise.all(names.map((each) => this.write(each)));
  }

  async more(count: number): Promise<void> {
    const before = this.written.length;
    await eventually(() => expect(this.written.length).toBeGreaterThan(before + count), { timeoutMs: 60_000 });
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.finished;
  }

  /** Each change once, and in the order of revisions. */
  async expectTold(told: readonly string[], timeoutMs = 60_000): Promise<void> {
    const inOrder = [...this.written].sort((one, other) => parseInt(one) - parseInt(other));
    await eventually(() => expect(told.length).toBeGreaterThanOrEqual(inOrder.length), { timeoutMs });
    expect(told).toEqual(inOrder);
  }

  private async write(name: string): Promise<void> {
    const metadata = { name, namespace: 'default' };
    let object = await this.maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} });
    this.written.push(`${object.metadata.resourceVersion} added ${name}`);
    for (let round = 0; this.running; round++) {
      const data = { value: String(round), text: this.settings.text ?? '' };
      object = await this.maps.update({ ...object, data });
      this.written.push(`${object.metadata.resourceVersion} updated ${name}`);
    }
  }
}
