import type { ResourceDefinition } from '@nestor/api';
import { serve, ServedResource } from './served-resource';

const pathOf = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;

/** Everything that is served, built in or made by a CustomResourceDefinition. The only place that knows. */
export class ResourceRegistry {
  private readonly byPath = new Map<string, ServedResource>();
  /** The served version that is stored; any will do for reading. */
  private readonly stored = new Map<string, ServedResource>();
  private readonly builtIn = new Set<string>();
  private readonly listeners = new Set<() => void>();
  /** Changes with every change of what is served: the key of discovery and OpenAPI caches. */
  generation = 0;

  constructor(definitions: readonly ResourceDefinition[]) {
    for (const definition of definitions) {
      this.put(serve(definition));
      this.builtIn.add(pathOf(definition.group, definition.version, ''));
    }
  }

  lookup(group: string, version: string, plural: string): ServedResource | undefined {
    return this.byPath.get(pathOf(group, version, plural));
  }

  /** Whether a group and version has resources of its own, whatever CustomResourceDefinitions there are. */
  servesBuiltIn(group: string, version: string): boolean {
    return this.builtIn.has(pathOf(group, version, ''));
  }

  /** Any served version of a stored resource. */
  byKey(key: string): ServedResource | undefined {
    return this.stored.get(key);
  }

  all(): Iterable<ServedResource> {
    return this.byPath.values();
  }

  /** Replaces all versions of one custom resource; an empty list withdraws it. */
  replaceCustom(key: string, served: readonly ServedResource[]): void {
    for (const [path, resource] of this.byPath) if (resource.key === key) this.byPath.delete(path);
    this.stored.delete(key);
    for (const resource of served) this.put(resource);
    this.changed();
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private put(resource: ServedResource): void {
    const { group, version, plural } = resource.definition;
    this.byPath.set(pathOf(group, version, plural), resource);
    const isStoredForm = !resource.definition.conversion && resource.apiVersion === resource.storageApiVersion;
    if (!this.stored.has(resource.key) || isStoredForm) {
      this.stored.set(resource.key, resource);
    }
  }

  private changed(): void {
    this.generation++;
    for (const listener of this.listeners) listener();
  }
}
