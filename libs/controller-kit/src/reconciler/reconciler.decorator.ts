import 'reflect-metadata';

export interface ReconcilerOptions {
  /**
   * Kind whose keys are reconciled: 'apps/v1/Deployment', 'v1/Node', 'example.com/v1/Widget'.
   * Absent: only setup() enqueues, and keys mean what it says.
   */
  for?: string;
  /** Kinds made by this reconciler: a change of one enqueues the controlling owner. */
  owns?: readonly string[];
  /** Other kinds, each with the keys that a change of one concerns. */
  watches?: readonly WatchedKind[];
  /** Name in flags, logs and metrics; the class name in kebab-case, without "Reconciler", if absent. */
  name?: string;
  /** False: runs only where --controllers names it. */
  onByDefault?: boolean;
  /** Keys in work at once. */
  concurrency?: number;
}

export interface WatchedKind {
  kind: string;
  /** Keys ("namespace/name") to enqueue for an object of this kind. */
  keys(object: {
    metadata: { namespace?: string; name?: string; labels?: Readonly<Record<string, string>> };
  }): string[];
}

const optionsKey = Symbol('nestor.reconciler');

/** Makes a Nest provider a controller. The class implements ReconcilesObjects. */
export function Reconciler(options: ReconcilerOptions): ClassDecorator {
  return (target) => {
    const named = { ...options, name: options.name ?? kebabCase(target.name.replace(/Reconciler$/, '')) };
    Reflect.defineMetadata(optionsKey, named, target);
  };
}

export type NamedReconcilerOptions = ReconcilerOptions & { name: string };

export function reconcilerOptions(target: object): NamedReconcilerOptions | undefined {
  return Reflect.getMetadata(optionsKey, target) as NamedReconcilerOptions | undefined;
}

function kebabCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}
