import type {
  AdmissionRequest,
  EquivalentResource,
  GroupVersionKind,
  GroupVersionResource,
  PolicyForms,
} from '@nestor/admission';
import type { ApiObject, DeepReadonly } from '@nestor/api';
import type { StructuralSchema } from '@nestor/schema';
import type { ResourceRegistry } from '../registry/resource-registry';
import type { ServedResource } from '../registry/served-resource';
import { cannotBeHandled } from '../storage/decode';
import { applyDefaults, fitToSchema } from '../storage/schema-steps';

/** Subresources whose bodies are of a kind of their own. */
const subresourceKinds: Readonly<Record<string, GroupVersionKind>> = {
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  binding: { group: '', version: 'v1', kind: 'Binding' },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
  token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
};

/** The versions of what is served, as admission sees them. */
export class ServedForms implements PolicyForms {
  private readonly known = new Map<string, readonly EquivalentResource[]>();
  private generation = -1;
  constructor(private readonly registry: ResourceRegistry) {}

  equivalentsOf(
    { group, version, resource }: GroupVersionResource,
    subresource: string,
  ): readonly EquivalentResource[] {
    if (this.generation !== this.registry.generation) {
      this.known.clear();
      this.generation = this.registry.generation;
    }
    const place = `${group}/${version}/${resource}/${subresource}`;
    let found = this.known.get(place);
    if (!found) this.known.set(place, (found = this.find(this.registry.lookup(group, version, resource), subresource)));
    return found;
  }

  convert(object: DeepReadonly<ApiObject>, from: GroupVersionResource, to: GroupVersionResource): ApiObject {
    const source = this.lookup(from);
    const target = this.lookup(to);
    // Bodies of subresources have one form, whatever the resource is served as.
    if (!source || !target || source === target || object.kind !== source.definition.kind) return object as ApiObject;
    const stored = source.definition.conversion?.toStorage(object as ApiObject) ?? (object as ApiObject);
    return target.definition.conversion?.fromStorage(stored) ?? { ...stored, apiVersion: target.apiVersion };
  }

  complete(object: ApiObject, { group, version, resource }: AdmissionRequest): ApiObject {
    const served = this.registry.lookup(group, version, resource);
    if (!served || object.kind !== served.definition.kind) return object;
    const { typeError } = fitToSchema(served, object);
    if (typeError !== undefined) throw cannotBeHandled(served, typeError);
    applyDefaults(served, object);
    return object;
  }

  resourceOfKind(apiVersion: string, kind: string): { key: string; namespaced: boolean } | undefined {
    for (const { definition, key } of this.registry.all()) {
      const served = definition.group === '' ? definition.version : `${definition.group}/${definition.version}`;
      if (served === apiVersion && definition.kind === kind) return { key, namespaced: definition.namespaced };
    }
    return undefined;
  }

  schemaOf(resource: GroupVersionResource): StructuralSchema | undefined {
    return this.lookup(resource)?.schema;
  }

  private lookup({ group, version, resource }: GroupVersionResource): ServedResource | undefined {
    return this.registry.lookup(group, version, resource);
  }

  private find(served: ServedResource | undefined, subresource: string): EquivalentResource[] {
    if (!served) return [];
    return [...this.registry.all()]
      .filter(({ key }) => key === served.key)
      .map(({ definition: { group, version, plural, kind } }) => ({
        resource: { group, version, resource: plural },
        kind: subresourceKinds[subresource] ?? { group, version, kind },
      }));
  }
}
