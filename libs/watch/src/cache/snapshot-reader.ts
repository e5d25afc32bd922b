import type { ChangeSource, Revision, SourceObject } from '../change-source';

export interface Snapshot {
  revision: Revision;
  objects: SourceObject[];
}

interface Waiting {
  resolve(snapshot: Snapshot): void;
  reject(error: unknown): void;
}

/**
 * Reads what resources hold. Those that are asked for in the same turn share one reading: a server that starts wants a
 * hundred, most of them empty. Each gets its own as soon as that is complete.
 */
export class SnapshotReader {
  private wanted: Map<string, Waiting[]> | undefined;

  constructor(private readonly source: Pick<ChangeSource, 'snapshots'>) {}

  read(resource: string): Promise<Snapshot> {
    return new Promise((resolve, reject) => {
      const wanted = (this.wanted ??= this.nextReading());
      wanted.set(resource, [...(wanted.get(resource) ?? []), { resolve, reject }]);
    });
  }

  private nextReading(): Map<string, Waiting[]> {
    const wanted = new Map<string, Waiting[]>();
    queueMicrotask(() => {
      this.wanted = undefined;
      this.readAll(wanted).catch((error: unknown) => {
        for (const waiting of wanted.values()) for (const { reject } of waiting) reject(error);
      });
    });
    return wanted;
  }

  private async readAll(wanted: Map<string, Waiting[]>): Promise<void> {
    let revision: Revision = 0;
    let objects: SourceObject[] = [];
    const complete = (resource: string): void => {
      for (const { resolve } of wanted.get(resource) ?? []) resolve({ revision, objects });
      wanted.delete(resource);
      objects = [];
    };
    for await (const page of this.source.snapshots([...wanted.keys()])) {
      revision = page.revision;
      for (const object of page.objects) {
        const before = objects.at(-1)?.resource;
        if (before !== undefined && before !== object.resource) complete(before);
        objects.push(object);
      }
    }
    const last = objects.at(-1)?.resource;
    if (last !== undefined) complete(last);
    for (const resource of wanted.keys()) complete(resource);
  }
}
