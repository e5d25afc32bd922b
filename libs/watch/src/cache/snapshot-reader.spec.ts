import type { SourceObject } from '../change-source';
import { SnapshotReader } from './snapshot-reader';

const object = (resource: string, name: string): SourceObject => ({
  resource,
  namespace: '',
  name,
  uid: name,
  revision: 3,
  body: Buffer.from('{}'),
});

/** Says which resources were asked for together; `failsAfter` pages it breaks. */
function sourceOf(pages: SourceObject[][], failsAfter = Infinity) {
  const asked: (readonly string[])[] = [];
  return {
    asked,
    async *snapshots(resources: readonly string[]) {
      asked.push(resources);
      await Promise.resolve();
      for (const [index, objects] of pages.entries()) {
        if (index === failsAfter) throw new Error('Postgres is away');
        yield { revision: 7, objects: objects.filter(({ resource }) => resources.includes(resource)) };
      }
    },
  };
}

const pages = [
  [object('pods', 'a'), object('pods', 'b')],
  [object('pods', 'c'), object('secrets', 'd')],
];
const namesOf = async (reading: Promise<{ revision: number; objects: SourceObject[] }>): Promise<unknown[]> => {
  const { revision, objects } = await reading;
  return [revision, ...objects.map(({ name }) => name)];
};

describe('SnapshotReader', () => {
  it('reads once what is asked for in one turn, and gives each its own', async () => {
    const source = sourceOf(pages);
    const reader = new SnapshotReader(source);
    const wanted = ['pods', 'nodes', 'secrets', 'pods'];
    expect(await Promise.all(wanted.map((resource) => namesOf(reader.read(resource))))).toEqual([
      [7, 'a', 'b', 'c'],
      [7],
      [7, 'd'],
      [7, 'a', 'b', 'c'],
    ]);
    expect(source.asked).toEqual([['pods', 'nodes', 'secrets']]);
  });

  it('reads anew for who asks later', async () => {
    const source = sourceOf(pages);
    const reader = new SnapshotReader(source);
    const first = reader.read('pods');
    await Promise.resolve();
    const second = reader.read('pods');
    expect(await namesOf(second)).toEqual(await namesOf(first));
    expect(source.asked).toEqual([['pods'], ['pods']]);
  });

  it('fails those whose snapshot is not complete', async () => {
    const reader = new SnapshotReader(sourceOf([[object('nodes', 'n'), object('pods', 'a')], []], 1));
    const readings = ['nodes', 'pods', 'secrets'].map((resource) => reader.read(resource));
    expect((await Promise.allSettled(readings)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ]);
  });
});
