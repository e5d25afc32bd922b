import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import {
  CustomResourceDefinition,
  customResources,
  establishedStatus,
  isNotFound,
  ResourceDefinition,
  resourceKey,
} from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { customResourceSchema, JsonSchemaProps } from '@nestor/schema';
import { createLogger } from '@nestor/telemetry';
import type { Watch, WatchEvent } from '@nestor/watch';
import { STORAGE } from '../apiserver.tokens';
import { ResourceRegistry } from '../registry/resource-registry';
import { serve } from '../registry/served-resource';
import { updateOwn } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';
import { removeInstances } from './remove-instances';

const crdKey = 'customresourcedefinitions.apiextensions.k8s.io';
const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';
const log = createLogger('custom-resources');
const retryMs = 1000;

/** Serves what CustomResourceDefinitions define, on this replica, and does the definitions' own bookkeeping. */
@Injectable()
export class CustomResourceController implements OnApplicationShutdown {
  private watch: Watch | undefined;
  private stopped = false;
  /** What each definition last said, so that a status write changes nothing that is served. */
  private readonly serving = new Map<string, string>();

  constructor(
    @Inject(STORAGE) private readonly context: StorageContext,
    @Inject(ResourceRegistry) private readonly registry: ResourceRegistry,
  ) {}

  /** Resolves when everything that was established before is served again. */
  async start(): Promise<void> {
    if (!this.registry.byKey(crdKey)) return;
    const cache = this.context.cache.resource(crdKey);
    await cache.ready();
    for (const item of cache.list().items) this.serve(item.object() as unknown as CustomResourceDefinition);
    this.watch = await cache.watch(
      {},
      {
        write: (event) => {
          this.changed(event);
          return true;
        },
        end: () => {
          if (!this.stopped) setTimeout(() => void this.start().catch(warn), retryMs).unref();
        },
      },
    );
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.watch?.stop();
  }

  private changed(event: WatchEvent): void {
    if (event.type === 'BOOKMARK') return;
    const crd = event.object.object() as unknown as CustomResourceDefinition;
    if (event.type === 'DELETED') {
      this.withdraw(crd);
      return;
    }
    this.serve(crd);
    this.maintain(crd).catch((error: unknown) => {
      warn(error);
      if (!this.stopped) setTimeout(() => this.changed(event), retryMs).unref();
    });
  }

  private serve(crd: CustomResourceDefinition): void {
    const established = crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
    const name = crd.metadata.name ?? '';
    const said = JSON.stringify([established, crd.spec]);
    if (this.serving.get(name) === said) return;
    this.serving.set(name, said);
    if (!established) return;
    const stored = crd.spec.versions.find(({ storage }) => storage)?.name;
    const key = keyOf(crd);
    const definitions: ResourceDefinition[] = customResources(crd, schemaOf);
    this.registry.replaceCustom(
      key,
      definitions.map((definition) => serve(definition, stored)),
    );
    log.info({ object: name }, 'serving a custom resource');
  }

  private withdraw(crd: CustomResourceDefinition): void {
    this.serving.delete(crd.metadata.name ?? '');
    this.registry.replaceCustom(keyOf(crd), []);
    this.context.cache.drop(keyOf(crd));
  }

  private async maintain(crd: CustomResourceDefinition): Promise<void> {
    const served = this.registry.byKey(crdKey);
    if (!served) return;
    const name = crd.metadata.name ?? '';
    try {
      if (crd.metadata.deletionTimestamp) {
        await this.finish(crd);
        return;
      }
      const status = establishedStatus(crd, this.takenNames(crd), rfc3339());
      if (status === crd.status) return;
      await updateOwn(this.context, served, { namespace: '', name, subresource: 'status' }, (current) => ({
        ...current,
        status,
      }));
    } catch (error) {
      // Deleted meanwhile, by another replica perhaps: nothing left to maintain.
      if (!isNotFound(error)) throw error;
    }
  }

  /** A definition goes after its objects. */
  private async finish(crd: CustomResourceDefinition): Promise<void> {
    if (!crd.metadata.finalizers?.includes(cleanupFinalizer)) return;
    const served = this.registry.byKey(crdKey);
    const instances = this.registry.byKey(keyOf(crd));
    if (instances) await removeInstances(this.context, instances);
    if (!served) return;
    await updateOwn(this.context, served, { namespace: '', name: crd.metadata.name ?? '' }, (current) => ({
      ...current,
      metadata: {
        ...current.metadata,
        finalizers: current.metadata.finalizers?.filter((one) => one !== cleanupFinalizer),
      },
    }));
  }

  private takenNames({ metadata, spec }: CustomResourceDefinition): { resources: Set<string>; kinds: Set<string> } {
    const resources = new Set<string>();
    const kinds = new Set<string>();
    for (const { definition, key } of this.registry.all()) {
      if (definition.group !== spec.group || key === metadata.name) continue;
      for (const one of [definition.plural, definition.singular, ...definition.shortNames]) resources.add(one);
      kinds.add(definition.kind).add(definition.listKind);
    }
    return { resources, kinds };
  }
}

const keyOf = ({ spec }: CustomResourceDefinition): string =>
  resourceKey({ group: spec.group, plural: spec.names.plural });
const schemaOf = (openApiV3Schema: unknown): ReturnType<typeof customResourceSchema> =>
  customResourceSchema(
    (openApiV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }) as JsonSchemaProps,
  );
const warn = (error: unknown): void =>
  log.warn({ error }, 'cannot maintain a custom resource definition; trying again');
