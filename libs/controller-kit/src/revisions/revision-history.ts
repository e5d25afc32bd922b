import {
  isAlreadyExists,
  isNotFound,
  type ApiObject,
  type ControllerRevision,
  type DeepReadonly,
  type LabelMatcher,
  type PodTemplateSpec,
} from '@nestor/api';
import { refs, type Informer, type InformerFactory, type KubernetesClient, type ResourceClient } from '@nestor/client';
import { claimChildren } from '../children/claim-children';
import { indexByController } from '../children/owner-index';
import { byRevision, keepsTemplate, newRevision, nextRevision, surplusRevisions } from './controller-revision';

type ObservedRevision = DeepReadonly<ControllerRevision>;

export interface RevisionOwner {
  owner: DeepReadonly<ApiObject>;
  selector: LabelMatcher;
  template: DeepReadonly<PodTemplateSpec>;
  labels: Readonly<Record<string, string>>;
  collisionCount: number | undefined;
  freshOwner(): Promise<ApiObject | undefined>;
}

/** Two different templates met in one name: the owner has to raise its collision count. */
export class RevisionCollision extends Error {}

/** The ControllerRevisions of a StatefulSet or DaemonSet: what its template was, for roll-backs and to tell pods apart. */
export class RevisionHistory {
  private readonly informer: Informer<ControllerRevision>;
  private readonly client: ResourceClient<ControllerRevision>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.informer = informers.informer(refs.controllerRevisions);
    this.client = client.resource(refs.controllerRevisions);
    indexByController(this.informer);
  }

  /** The owner's revisions, oldest first; matching ones that nobody owns are adopted. */
  async of({ owner, selector, freshOwner }: RevisionOwner): Promise<ObservedRevision[]> {
    const revisions = await claimChildren<ControllerRevision>({
      owner,
      selector,
      children: this.informer,
      client: this.client,
      freshOwner,
    });
    return revisions.sort(byRevision);
  }

  /**
   * The revision that keeps the owner's present template: the newest, an older one that becomes the newest again, or a
   * new one. Throws RevisionCollision.
   */
  async current(of: RevisionOwner, revisions: readonly ObservedRevision[]): Promise<ObservedRevision> {
    const equal = revisions.filter((revision) => keepsTemplate(revision, of.template)).at(-1);
    const newest = revisions.at(-1);
    if (equal && equal === newest) return equal;
    if (equal) {
      const raised = { ...structuredClone(equal as ControllerRevision), revision: nextRevision(revisions) };
      return this.client.update(raised);
    }
    const made = newRevision(of.owner, of.template, nextRevision(revisions), of.collisionCount, of.labels);
    try {
      return await this.client.create(made);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const { name = '', namespace } = made.metadata;
      const existing = await this.client.get(name, namespace);
      if (keepsTemplate(existing, of.template)) return existing;
      throw new RevisionCollision(`${namespace}/${name} keeps another template`);
    }
  }

  async truncate(revisions: readonly ObservedRevision[], inUse: ReadonlySet<string>, limit: number): Promise<void> {
    for (const { metadata } of surplusRevisions(revisions, inUse, limit)) {
      try {
        await this.client.delete(metadata.name ?? '', metadata.namespace, { uid: metadata.uid });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }
}
