import type { ApiObject } from '@nestor/api';
import type { Informer, ResourceRef } from '../contracts';
import type { HttpTransport } from '../http/http-transport';
import { refName } from '../resources/resource-path';
import type { TypedRef } from '../resources/refs';
import type { BusLink } from './bus-link';
import { BusSource } from './bus-source';
import { HttpSource } from './http-source';
import { MetadataSource } from './metadata-source';
import type { Selection } from './selection';
import { SharedInformer } from './shared-informer';

export interface InformerFactoryOptions {
  transport: HttpTransport;
  /** Absent: everything over HTTP. */
  link?: BusLink;
  idleTimeoutMs?: number;
}

/** One informer per resource and selection, shared by everyone in the process who asks for it. */
export class InformerFactory {
  private readonly informers = new Map<string, SharedInformer<ApiObject>>();

  constructor(private readonly options: InformerFactoryOptions) {}

  informer<T extends ApiObject>(ref: TypedRef<T>, selection: Selection = {}): Informer<T> {
    const key = keyOf(ref, selection);
    let informer = this.informers.get(key);
    if (!informer) {
      informer = new SharedInformer(this.source(ref, selection), { name: key });
      this.informers.set(key, informer);
    }
    return informer as unknown as Informer<T>;
  }

  /** Whether somebody has asked for it. */
  holds(ref: ResourceRef, selection: Selection = {}): boolean {
    return this.informers.has(keyOf(ref, selection));
  }

  /** Starts what has been asked for so far and resolves when all of it has been listed. */
  async start(): Promise<void> {
    await Promise.all([...this.informers.values()].map((informer) => informer.start()));
  }

  /** Ends an informer that nobody needs any more (a deleted custom resource's). */
  async release(ref: ResourceRef, selection: Selection = {}): Promise<void> {
    const key = keyOf(ref, selection);
    const informer = this.informers.get(key);
    this.informers.delete(key);
    await informer?.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.informers.values()].map((informer) => informer.stop()));
  }

  /** Secrets come over HTTP only: the bus carries nothing but their metadata. */
  private source(ref: ResourceRef, selection: Selection) {
    const { transport, link, idleTimeoutMs } = this.options;
    const options = { transport, ref, selection, idleTimeoutMs };
    const isSecret = ref.group === '' && ref.plural === 'secrets';
    const source = link && !isSecret ? new BusSource<ApiObject>(link, options) : new HttpSource<ApiObject>(options);
    return selection.metadataOnly ? new MetadataSource<ApiObject>(source, ref) : source;
  }
}

const keyOf = (ref: ResourceRef, { namespace, labelSelector, fieldSelector, metadataOnly }: Selection): string =>
  [refName(ref), namespace, labelSelector, fieldSelector, ...(metadataOnly ? ['metadata'] : [])].join('|');

/** Resolves when every informer has its first list. */
export async function waitForSync(...informers: Pick<Informer<ApiObject>, 'start'>[]): Promise<void> {
  await Promise.all(informers.map((informer) => informer.start()));
}
