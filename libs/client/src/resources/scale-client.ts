import type { Scale } from '@nestor/api';
import type { ResourceRef } from '../contracts';
import type { KubernetesClient } from '../kubernetes-client';
import type { DiscoveredResource } from './discovery';
import { resourcePath } from './resource-path';

/** How often at most a kind that is not known is looked for anew. */
const refreshMs = 10_000;

/** The scale subresource of any kind that has one, built in or custom. */
export class ScaleClient {
  private refreshed = 0;
  constructor(private readonly client: KubernetesClient) {}

  /** Every resource of a group and kind; throws, worded as a RESTMapper does, when there is none. */
  async resourcesOf(group: string, kind: string): Promise<DiscoveredResource[]> {
    const isOne = (one: DiscoveredResource): boolean => one.group === group && one.kind === kind;
    let found = (await this.client.resources()).filter(isOne);
    if (found.length === 0 && Date.now() - this.refreshed > refreshMs) {
      this.refreshed = Date.now();
      found = (await this.client.resources({ fresh: true })).filter(isOne);
    }
    if (found.length > 0) return found;
    throw new Error(`no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
  }

  get(ref: ResourceRef, namespace: string, name: string): Promise<Scale> {
    return this.client.raw({ method: 'GET', path: resourcePath(ref, { namespace, name, subresource: 'scale' }) });
  }

  update(ref: ResourceRef, scale: Scale): Promise<Scale> {
    const { namespace, name } = scale.metadata;
    const path = resourcePath(ref, { namespace, name, subresource: 'scale' });
    return this.client.raw({ method: 'PUT', path, body: scale });
  }

  /** Whether the kind has a scale at all: a 404 does not tell. */
  async hasScale(ref: ResourceRef): Promise<boolean> {
    const path = ref.group === '' ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`;
    const { resources } = await this.client.raw<{ resources: { name: string }[] | null }>({ method: 'GET', path });
    return resources?.some(({ name }) => name === `${ref.plural}/scale`) ?? false;
  }
}
