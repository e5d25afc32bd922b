import { controllerOf, isConflict, type ApiObject, type DeepReadonly } from '@nestor/api';
import {
  InformerFactory,
  KubernetesClient,
  WorkQueue,
  keyOf,
  objectKey,
  splitKey,
  type Informer,
  type InformerHandlers,
  type TypedRef,
} from '@nestor/client';
import { createLogger, metrics, traceparentAnnotation, withSpan, type Logger } from '@nestor/telemetry';
import type { ReconcilerWiring, ReconcilesObjects } from '../reconciler/reconciler';
import type { NamedReconcilerOptions } from '../reconciler/reconciler.decorator';

const total = metrics.counter('controller_reconcile_total', 'Reconciliations by controller and result', [
  'controller',
  'result',
]);
const seconds = metrics.histogram('controller_reconcile_time_seconds', 'Time of one reconciliation', ['controller']);
const defaultConcurrency = 5;

/** Runs one reconciler: informers to queue, queue to workers. */
export class ControllerRunner {
  private readonly log: Logger;
  private primary: Informer<ApiObject> | undefined;
  private refs = new Map<string, TypedRef<ApiObject>>();

  constructor(
    private readonly reconciler: ReconcilesObjects,
    readonly options: NamedReconcilerOptions,
    private readonly client: KubernetesClient,
    private readonly informers: InformerFactory,
  ) {
    this.log = createLogger(options.name);
  }

  /** Asks for the informers, so that a stand-by keeps them warm. */
  async prepare(): Promise<void> {
    const { owns = [], watches = [] } = this.options;
    const kinds = [...owns, ...watches.map((watch) => watch.kind)];
    for (const kind of this.options.for ? [this.options.for, ...kinds] : kinds) {
      const ref = await this.client.refOf(kind);
      this.refs.set(kind, ref);
      this.informers.informer(ref);
    }
    if (this.options.for) this.primary = this.informers.informer(this.ref(this.options.for));
  }

  /** One term: from fresh handlers, which replay what is there, to the last worker's end. */
  async run(signal: AbortSignal): Promise<void> {
    const queue = new WorkQueue(this.options.name);
    const releases: (() => void)[] = [];
    try {
      await this.wire(queue, releases, signal);
      await this.informers.start();
      const workers = Array.from({ length: this.options.concurrency ?? defaultConcurrency }, () =>
        this.work(queue, signal),
      );
      await aborted(signal);
      for (const release of releases.splice(0)) release();
      await queue.shutDown();
      await Promise.all(workers);
    } finally {
      for (const release of releases) release();
    }
  }

  private async wire(queue: WorkQueue, releases: (() => void)[], signal: AbortSignal): Promise<void> {
    const on = (ref: TypedRef<ApiObject>, handlers: InformerHandlers<ApiObject>): void => {
      releases.push(this.informers.informer(ref).addHandlers(handlers));
    };
    const each = (touch: (object: DeepReadonly<ApiObject>) => void): InformerHandlers<ApiObject> => ({
      added: touch,
      updated: (object, old) => {
        touch(object);
        // The change may have moved it from one owner to another.
        if (controllerOf(old)?.uid !== controllerOf(object)?.uid) touch(old);
      },
      deleted: touch,
    });
    const own = each((object) => queue.add(objectKey(object)));
    if (this.options.for) on(this.ref(this.options.for), own);
    for (const kind of this.options.owns ?? [])
      on(
        this.ref(kind),
        each((child) => this.enqueueOwner(queue, child)),
      );
    for (const watch of this.options.watches ?? []) {
      on(
        this.ref(watch.kind),
        each((object) => watch.keys(object).forEach((key) => queue.add(key))),
      );
    }
    await this.reconciler.setup?.(this.wiring(queue, releases, signal));
  }

  private wiring(queue: WorkQueue, releases: (() => void)[], signal: AbortSignal): ReconcilerWiring {
    return {
      signal,
      enqueue: (key) => queue.add(key),
      enqueueAfter: (key, delayMs) => queue.addAfter(key, delayMs),
      on: (ref, handlers, selection) => {
        const informer = this.informers.informer(ref, selection);
        releases.push(informer.addHandlers(handlers));
        return informer;
      },
      every: (intervalMs, task) => {
        const timer = setInterval(task, intervalMs);
        timer.unref();
        releases.push(() => clearInterval(timer));
      },
    };
  }

  private enqueueOwner(queue: WorkQueue, child: DeepReadonly<ApiObject>): void {
    const owner = controllerOf(child);
    if (!this.options.for) return;
    const ref = this.ref(this.options.for);
    if (!owner || owner.kind !== ref.kind || groupOf(owner.apiVersion) !== ref.group) return;
    queue.add(keyOf(ref.namespaced ? child.metadata.namespace : undefined, owner.name));
  }

  private ref(kind: string): TypedRef<ApiObject> {
    const ref = this.refs.get(kind);
    if (!ref) throw new Error(`${this.options.name}: ${kind} was not prepared`);
    return ref;
  }

  private async work(queue: WorkQueue, signal: AbortSignal): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      await this.process(queue, key, signal);
      queue.done(key);
    }
  }

  private async process(queue: WorkQueue, key: string, signal: AbortSignal): Promise<void> {
    const { name } = this.options;
    const end = seconds.startTimer({ controller: name });
    try {
      const result = await this.inSpan(key, () => this.reconciler.reconcile(splitKey(key), { signal, log: this.log }));
      queue.forget(key);
      total.inc({ controller: name, result: result ? 'requeue_after' : 'success' });
      if (result) queue.addAfter(key, result.requeueAfter);
    } catch (error) {
      total.inc({ controller: name, result: 'error' });
      if (signal.aborted) return;
      // A conflict only says that the copy was stale; the newer one is on its way.
      this.log[isConflict(error) ? 'debug' : 'warn'](
        { object: key, error: String(error) },
        'reconcile failed, will retry',
      );
      queue.addRateLimited(key);
    } finally {
      end();
    }
  }

  /** Part of the trace of the object's creation, so that one trace joins an object with all that was made for it. */
  private inSpan<T>(key: string, fn: () => Promise<T>): Promise<T> {
    const { namespace, name } = splitKey(key);
    const parent = this.primary?.lister.get(namespace, name)?.metadata.annotations?.[traceparentAnnotation];
    if (!parent) return fn();
    return withSpan(`${this.options.name} reconcile`, { parent, attributes: { namespace, name } }, fn);
  }
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
