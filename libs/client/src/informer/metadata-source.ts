import type { ApiObject } from '@nestor/api';
import type { ResourceRef } from '../contracts';
import { apiVersionOf } from '../resources/resource-path';
import type { ChangeSink, ChangeSource } from './change-source';

/** Passes on of each object what names it and its metadata, whatever the transport brought of the rest. */
export class MetadataSource<T extends ApiObject> implements ChangeSource<T> {
  constructor(
    private readonly source: ChangeSource<T>,
    private readonly ref: ResourceRef,
  ) {}

  run(sink: ChangeSink<T>, signal: AbortSignal): Promise<void> {
    const { kind } = this.ref;
    const apiVersion = apiVersionOf(this.ref);
    const bare = ({ metadata }: T): T => ({ apiVersion, kind, metadata }) as T;
    const bareSink: ChangeSink<T> = {
      replace: (items, revision) => sink.replace(items.map(bare), revision),
      apply: (type, object) => sink.apply(type, bare(object)),
      advance: (revision) => sink.advance(revision),
      get position() {
        return sink.position;
      },
    };
    return this.source.run(bareSink, signal);
  }
}
