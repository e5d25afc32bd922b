import { Injectable } from '@nestjs/common';
import type { ApiObject, CustomResourceDefinition, DeepReadonly } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import type { Informer } from '../contracts';
import { InformerFactory } from '../informer/informer-factory';
import { KubernetesClient } from '../kubernetes-client';
import type { Selection } from '../informer/selection';
import type { DiscoveredResource } from './discovery';
import { refs } from './refs';
import { apiVersionOf, refName } from './resource-path';

const log = createLogger('served-resources');
const refreshMs = 30_000;
/** A new definition is served a moment after it is stored. */
const settleMs = 300;

/** Told of every object of the resources that it wants. */
export interface ResourceFollower {
  wants(ref: DiscoveredResource): boolean;
  /** False where metadata is all that counts; then the rest need not be held. True when absent. */
  needsWhole?(ref: DiscoveredResource): boolean;
  changed(ref: DiscoveredResource, object: DeepReadonly<ApiObject>, old?: DeepReadonly<ApiObject>): void;
  deleted(ref: DiscoveredResource, object: DeepReadonly<ApiObject>): void;
  /** No longer served. `forGood`: its definition is deleted, and all objects with it. */
  vanished?(ref: DiscoveredResource, last: readonly DeepReadonly<ApiObject>[], forGood: boolean): void;
}

interface Monitor {
  ref: DiscoveredResource;
  informer: Informer<ApiObject>;
  selection: Selection;
  releases: Map<ResourceFollower, () => void>;
}

/** Every resource that can be listed and watched, custom ones as they come and go, for controllers that mind all kinds. */
@Injectable()
export class ServedResources {
  private readonly monitors = new Map<string, Monitor>();
  private readonly followers = new Set<ResourceFollower>();
  private readonly definitions: Informer<CustomResourceDefinition>;
  /** Names of definitions ever seen: what tells a deleted custom resource from an extension server taken away. */
  private readonly custom = new Set<string>();
  private byKind = new Map<string, DiscoveredResource>();
  private stopFollowing: (() => void) | undefined;
  private refreshing: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: KubernetesClient,
    private readonly informers: InformerFactory,
  ) {
    this.definitions = informers.informer(refs.customResourceDefinitions);
  }

  /** As last discovered. */
  refOf(apiVersion: string, kind: string): DiscoveredResource | undefined {
    return this.byKind.get(`${apiVersion}/${kind}`);
  }
  informerOf(ref: DiscoveredResource): Informer<ApiObject> | undefined {
    return this.monitors.get(refName(ref))?.informer;
  }

  /** Resolves once what is served now is known; the returned function ends it. */
  async follow(follower: ResourceFollower): Promise<() => void> {
    this.followers.add(follower);
    for (const [name, monitor] of this.monitors) await this.join(name, monitor, follower);
    this.stopFollowing ??= this.followDefinitions();
    await this.refresh();
    return () => this.leave(follower);
  }

  /** Who needs objects whole makes the others follow those too: one copy is kept. */
  private async join(name: string, monitor: Monitor, follower: ResourceFollower): Promise<void> {
    const { ref, selection, releases } = monitor;
    if (!selection.metadataOnly || !follower.wants(ref) || follower.needsWhole?.(ref) === false) {
      this.attach(monitor, follower);
      return;
    }
    for (const release of releases.values()) release();
    this.monitors.delete(name);
    this.monitor(name, ref);
    await this.informers.release(ref, selection);
  }

  /** Looks anew, one look at a time. */
  refresh(): Promise<void> {
    const next = this.refreshing.catch(() => undefined).then(() => this.discover());
    this.refreshing = next;
    return next;
  }

  private leave(follower: ResourceFollower): void {
    this.followers.delete(follower);
    for (const { releases } of this.monitors.values()) {
      releases.get(follower)?.();
      releases.delete(follower);
    }
    if (this.followers.size > 0) return;
    this.stopFollowing?.();
    this.stopFollowing = undefined;
  }

  private followDefinitions(): () => void {
    const refresh = (): void =>
      void this.refresh().catch((error: unknown) => log.debug({ error: String(error) }, 'discovery failed'));
    const every = setInterval(refresh, refreshMs);
    every.unref();
    let soon: NodeJS.Timeout | undefined;
    const touch = (): void => {
      clearTimeout(soon);
      soon = setTimeout(refresh, settleMs);
      soon.unref();
    };
    const added = (definition: DeepReadonly<CustomResourceDefinition>): void => {
      this.custom.add(definition.metadata.name ?? '');
      touch();
    };
    const release = this.definitions.addHandlers({ added, updated: touch, deleted: touch });
    void this.definitions.start();
    return () => {
      clearInterval(every);
      clearTimeout(soon);
      release();
    };
  }

  private async discover(): Promise<void> {
    const { resources, failures } = await this.client.discover({ fresh: true });
    this.byKind = new Map(resources.map((ref) => [`${apiVersionOf(ref)}/${ref.kind}`, ref]));
    const served = new Map(resources.filter(isFollowable).map((ref) => [refName(ref), ref]));
    for (const [name, monitor] of this.monitors) {
      const now = served.get(name);
      // What does not answer may be back soon; its copy stays.
      if ((now && isSame(now, monitor.ref)) || (!now && failures.has(apiVersionOf(monitor.ref)))) continue;
      await this.drop(name, monitor);
    }
    for (const [name, ref] of served) if (!this.monitors.has(name)) this.monitor(name, ref);
  }

  private monitor(name: string, ref: DiscoveredResource): void {
    const interested = [...this.followers].filter((follower) => follower.wants(ref));
    if (interested.length === 0) return;
    const isWhole = interested.some((follower) => follower.needsWhole?.(ref) !== false) || this.informers.holds(ref);
    const selection = isWhole ? {} : { metadataOnly: true };
    const informer = this.informers.informer<ApiObject>(ref, selection);
    const monitor: Monitor = { ref, informer, selection, releases: new Map() };
    this.monitors.set(name, monitor);
    for (const follower of this.followers) this.attach(monitor, follower);
    // A definition that is gone again before its first list must not hold up the others.
    void monitor.informer.start();
  }

  private attach({ ref, informer, releases }: Monitor, follower: ResourceFollower): void {
    if (releases.has(follower) || !follower.wants(ref)) return;
    const release = informer.addHandlers({
      added: (object) => follower.changed(ref, object),
      updated: (object, old) => follower.changed(ref, object, old),
      deleted: (object) => follower.deleted(ref, object),
    });
    releases.set(follower, release);
  }

  private async drop(name: string, { ref, informer, selection, releases }: Monitor): Promise<void> {
    this.monitors.delete(name);
    const last = informer.lister.list();
    const forGood = this.custom.has(name) && !this.definitions.lister.get('', name);
    log.debug({ resource: name, forGood }, 'no longer served');
    for (const [follower, release] of releases) {
      release();
      follower.vanished?.(ref, last, forGood);
    }
    await this.informers.release(ref, selection);
  }
}

const isFollowable = ({ verbs }: DiscoveredResource): boolean => verbs.includes('list') && verbs.includes('watch');
const isSame = (a: DiscoveredResource, b: DiscoveredResource): boolean =>
  a.version === b.version && a.kind === b.kind && a.namespaced === b.namespaced;
