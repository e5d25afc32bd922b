import type { ApiObject } from '@nestor/api';
import type { Informer, InformerHandlers, Selection, TypedRef } from '@nestor/client';
import type { Logger } from '@nestor/telemetry';

/** What to reconcile: a name, never an event. */
export interface ObjectKey {
  /** '' for cluster scope. */
  namespace: string;
  name: string;
}

export interface ReconcileContext {
  /** Aborts when the process shuts down or leadership is lost. */
  signal: AbortSignal;
  log: Logger;
}

/** Nothing to add, or: come again after this long although nothing may have changed. */
export type ReconcileResult = void | { requeueAfter: number };

/** A reconciler: one object's desired state made true. A throw is tried again with back-off. */
export interface ReconcilesObjects {
  reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult>;
  /** Wiring that the decorator cannot say. Called at the start of each term, before the first key is handed out. */
  setup?(wiring: ReconcilerWiring): void | Promise<void>;
}

/** What setup may use. Handlers and timers made with it end with the term. */
export interface ReconcilerWiring {
  enqueue(key: string): void;
  enqueueAfter(key: string, delayMs: number): void;
  on<T extends ApiObject>(ref: TypedRef<T>, handlers: InformerHandlers<T>, selection?: Selection): Informer<T>;
  every(intervalMs: number, task: () => void): void;
  signal: AbortSignal;
}
