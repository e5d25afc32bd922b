import {
  ApiObject,
  DeepReadonly,
  LabelMatcher,
  LabelSelector,
  Pod,
  labelMatcher,
  labelSelectorMatcher,
} from '@nestor/api';
import { Informer, refs } from '@nestor/client';
import { PodSelector, livingPods } from '@nestor/scheduling';
import type { ServedInformers } from './served-informers';

interface Selecting extends ApiObject {
  spec?: { selector?: unknown };
}

/** Answers kept before all are forgotten; they are as many as there are kinds of pods at a time. */
const keptAnswers = 4096;

/**
 * Which pods belong together where a pod does not say: those that its services and its controller select
 * (kube-scheduler's helper.DefaultSelector). The default spreading constraints spread them.
 */
export class DefaultSelector {
  private readonly services = new Map<string, Map<string, Readonly<Record<string, string>>>>();
  private readonly owners = new Map<string, LabelMatcher>();
  private readonly answers = new Map<string, PodSelector | undefined>();

  follow(informers: ServedInformers): void {
    informers.when(refs.services, (informer) =>
      this.on(informer as unknown as Informer<Selecting>, (service, gone) => this.setService(service, gone)),
    );
    const byLabels = (owner: Selecting, gone: boolean) =>
      this.setOwner(owner, gone ? undefined : labelSelectorMatcher(owner.spec?.selector as LabelSelector));
    for (const ref of [refs.replicaSets, refs.statefulSets])
      informers.when(ref, (informer) => this.on(informer as unknown as Informer<Selecting>, byLabels));
    informers.when(refs.replicationControllers, (informer) =>
      this.on(informer as unknown as Informer<Selecting>, (owner, gone) =>
        this.setOwner(owner, gone ? undefined : exactly(owner.spec?.selector as Record<string, string>)),
      ),
    );
  }

  readonly of = ({ metadata }: DeepReadonly<Pod>): PodSelector | undefined => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller)?.uid ?? '';
    const key = `${metadata.namespace}\n${owner}\n${JSON.stringify(metadata.labels ?? {})}`;
    if (this.answers.has(key)) return this.answers.get(key);
    if (this.answers.size >= keptAnswers) this.answers.clear();
    const answer = this.work(metadata.namespace ?? '', metadata.labels ?? {}, this.owners.get(owner));
    this.answers.set(key, answer);
    return answer;
  };

  private work(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    owner: LabelMatcher | undefined,
  ): PodSelector | undefined {
    const merged: Record<string, string> = {};
    for (const selector of this.services.get(namespace)?.values() ?? [])
      if (Object.entries(selector).every(([key, value]) => labels[key] === value)) Object.assign(merged, selector);
    const requirements = [...exactly(merged).requirements, ...(owner?.requirements ?? [])];
    return requirements.length === 0 ? undefined : livingPods(namespace, labelMatcher(requirements));
  }

  private on(informer: Informer<Selecting>, set: (object: Selecting, gone: boolean) => void): void {
    informer.addHandlers({
      added: (object) => set(object as Selecting, false),
      updated: (object) => set(object as Selecting, false),
      deleted: (object) => set(object as Selecting, true),
    });
  }

  private setService({ metadata, spec }: Selecting, gone: boolean): void {
    const { namespace = '', name = '' } = metadata;
    const there = this.services.get(namespace) ?? new Map<string, Readonly<Record<string, string>>>();
    const selector = (spec?.selector ?? {}) as Readonly<Record<string, string>>;
    const before = JSON.stringify(there.get(name));
    if (gone || Object.keys(selector).length === 0) there.delete(name);
    else there.set(name, selector);
    this.services.set(namespace, there);
    if (before !== JSON.stringify(there.get(name))) this.answers.clear();
  }

  private setOwner({ metadata }: Selecting, matcher: LabelMatcher | undefined): void {
    const uid = metadata.uid ?? '';
    const before = this.owners.get(uid)?.toString();
    if (matcher) this.owners.set(uid, matcher);
    else this.owners.delete(uid);
    if (before !== matcher?.toString()) this.answers.clear();
  }
}

function exactly(labels: Readonly<Record<string, string>> | undefined): LabelMatcher {
  return labelSelectorMatcher({ matchLabels: { ...labels } });
}
